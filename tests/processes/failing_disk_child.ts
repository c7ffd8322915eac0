/**
 * A process in its own mount namespace that swaps on a real ext4, which fails and becomes read-only before
 * each operation in turn. Its argument is an empty directory.
 *
 * Prints a {@linkcode FailedSwap} as JSON for each operation, and one without an error at the end.
 */
import { recoverPair, swap } from "../../lib/device/mod.ts";
import { exitCodeFor } from "../../lib/cli/exit_code.ts";
import { denoFileSystem, type FileOperation } from "../../lib/system/mod.ts";
import { type Device, deviceIn, fleet, swapDefaults } from "../support/device.ts";
import { testSystem } from "../support/test_world.ts";
import { watchedFileSystem } from "../support/watched_file_system.ts";
import { activePair } from "./active_pair.ts";

/** The result of a swap whose file system became read-only. */
export interface FailedSwap {
  /** The next operation at that moment; `nothing` if the swap had finished. */
  readonly before: FileOperation | "nothing";
  /** The exit code for the error, 0 for none. */
  readonly exit: number;
  /** The active pair after remount and recovery: 0 the old one, 1 the new one. */
  readonly active: number;
}

const changing: readonly FileOperation[] = [
  ...["mkdir", "create", "chown", "chmod", "write", "fsync", "rename", "link", "unlink"] as const,
];

const [directory = ""] = Deno.args;
const [image, mountPoint] = [`${directory}/image`, `${directory}/m`];

function sh(script: string): string {
  const { success, stdout, stderr } = new Deno.Command("/bin/sh", {
    args: ["-euc", script, "sh", image, mountPoint],
  }).outputSync();
  if (!success) throw new Error(`${script}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trim();
}

/** Swaps on a new file system that fails before the Nth operation. */
async function swapFailingBefore(number: number): Promise<FailedSwap> {
  const { first, second } = await fleet();
  const loop = sh(
    'truncate -s 0 "$1"; truncate -s 4M "$1"; mkfs.ext4 -q "$1"; losetup -f --show "$1"',
  );
  try {
    sh(`mount -o errors=remount-ro ${loop} "$2"; mkdir "$2/tls"`);
    const device = deviceIn(mountPoint);
    device.activate(first);
    const newPair = device.give("new", second);
    sh('sync -f "$2"');
    const { before, exit } = await swapOn(device, newPair, number);
    sh(`umount "$2"; mount ${loop} "$2"`);
    await recoverPair(testSystem(), device.paths, { lockTimeout: 0 });
    return { before, exit, active: activePair(device, [first, second], false) };
  } finally {
    sh(`umount "$2" || true; losetup -d ${loop}`);
  }
}

async function swapOn(
  { paths }: Device,
  newPair: { readonly certificate: string; readonly key: string },
  number: number,
): Promise<Pick<FailedSwap, "before" | "exit">> {
  let count = 0;
  let before: FailedSwap["before"] = "nothing";
  const files = watchedFileSystem(denoFileSystem, (operation) => {
    if (!changing.includes(operation) || ++count !== number) return;
    before = operation;
    // mount(8), ext4: "abort: Simulate the effects of calling ext4_abort() for debugging purposes."
    sh('mount -o remount,abort "$2"');
  });
  try {
    await swap(testSystem({ files }), paths, { ...swapDefaults, newPair });
    return { before, exit: 0 };
  } catch (error) {
    return { before, exit: exitCodeFor(error) };
  }
}

Deno.mkdirSync(mountPoint);
const swaps: FailedSwap[] = [];
do swaps.push(await swapFailingBefore(swaps.length + 1)); while (
  swaps.at(-1)?.before !== "nothing"
);
console.log(JSON.stringify(swaps));
