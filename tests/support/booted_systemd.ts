/** Boots systemd as PID 1 of namespaces of its own, and has it run a script. Needs root. */
import assert from "node:assert/strict";
import { denoFileSystem, directoryOf, join, nameOf } from "../../lib/system/mod.ts";
import { withTemporaryDirectory } from "./temporary_directory.ts";

const boot = new URL("booted_systemd.sh", import.meta.url).pathname;

const namespaces = [
  "--mount",
  "--pid",
  "--net",
  "--cgroup",
  "--uts",
  "--ipc",
  "--fork",
  "--kill-child",
];

/** What systemd runs, and what the script must print. */
export interface BootTest {
  /** A shell script, run as root once systemd has booted. */
  readonly script: string;
  /** Puts what the script needs into a directory: it finds it as `/boot-test/files`. */
  readonly prepare: (files: string) => Promise<void>;
  /** The lines of the script's output that begin with a word in lower case and a colon. */
  readonly answers: readonly string[];
}

/**
 * A test that boots systemd. Where that is impossible, it is skipped with a warning: an overlay and a cgroup
 * tree are needed, which many containers do not offer.
 */
export function bootTest(
  name: string,
  { script, prepare, answers }: BootTest,
): void {
  const ignore = !canBoot();
  if (ignore) console.warn(`SKIPPED, for want of namespaces that systemd can run in: ${name}`);
  Deno.test({
    name,
    ignore,
    fn: () =>
      withTemporaryDirectory(async (directory) => {
        await Deno.writeTextFile(join(directory, "script.sh"), script);
        const files = join(directory, "files");
        Deno.mkdirSync(files);
        await prepare(files);
        const output = await outputOf(directory);
        const given = output.split("\n").filter((line) => /^[a-z ]+: /.test(line));
        assert.deepEqual(given, answers, output);
      }),
  });
}

/** Boots, and waits until the script has ended. */
async function outputOf(directory: string): Promise<string> {
  const systemd = new Deno.Command("unshare", {
    args: [...namespaces, "sh", boot, directory],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await until(() => exists(join(directory, "done")), { seconds: 150 });
  } finally {
    systemd.kill("SIGKILL");
    await systemd.status;
  }
  return await Deno.readTextFile(join(directory, "output"));
}

function canBoot(): boolean {
  const attempt = `set -e
[ -x /lib/systemd/systemd ]
mount -t tmpfs tmpfs /mnt; mkdir /mnt/u /mnt/w /mnt/r /mnt/c
mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/u,workdir=/mnt/w /mnt/r
mount -t cgroup2 cgroup2 /mnt/c; mkdir /mnt/c/certswap-test; rmdir /mnt/c/certswap-test`;
  try {
    return new Deno.Command("unshare", {
      args: [...namespaces, "sh", "-c", attempt],
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  }
}

function exists(path: string): boolean {
  return denoFileSystem.readDirectory(directoryOf(path)).includes(nameOf(path));
}

async function until(
  condition: () => boolean,
  { seconds }: { readonly seconds: number },
): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > seconds * 10) throw new Error(`not in ${seconds} seconds`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
