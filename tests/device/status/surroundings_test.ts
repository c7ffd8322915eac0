/** A pair whose next change cannot be written is reported before it is due, depending on its urgency. */
import assert from "node:assert/strict";
import type { Mount, Room, System, Volumes } from "../../../lib/system/mod.ts";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { formatMetrics } from "../../../lib/device/status/metrics.ts";
import { measurePairs } from "../../../lib/device/status/measure.ts";
import { readStatus } from "../../../lib/device/status/mod.ts";
import { type Device, fleet, withDevice } from "../../support/device.ts";
import { configured } from "../../support/rotation_world.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { type Run, runCli, testSystem } from "../../support/test_world.ts";

const roomy: Room = {
  blockSize: 4096,
  blocks: 1_000_000,
  freeBlocks: 500_000,
  availableBlocks: 450_000,
  inodes: 1000,
  freeInodes: 500,
};

function volumesWith(
  { mounts = [{ point: "/", isReadOnly: false }], room = {} }: {
    readonly mounts?: readonly Mount[];
    readonly room?: Partial<Room>;
  },
): Volumes {
  return {
    mounts: () => Promise.resolve(mounts),
    room: () => Promise.resolve({ ...roomy, ...room }),
  };
}

const day = 86_400_000;
const begin = new Date("2026-06-01T00:00:00Z");
const afterDays = (days: number): Date => new Date(begin.getTime() + days * day);

/** A pair valid for ninety days, with a state directory that belongs to the user who runs the test. */
async function withPair(work: (device: Device) => Promise<void>): Promise<void> {
  const { authority } = await fleet();
  const pair = await authority.issue({ notBefore: begin, notAfter: afterDays(90) });
  await withDevice(async (device) => {
    device.activate(pair);
    Deno.mkdirSync(`${device.tls}/.certswap`, { mode: 0o700 });
    await work(device);
  });
}

async function run(
  device: Device,
  words: readonly string[],
  system: Partial<System> & { readonly now?: Date },
): Promise<Run> {
  return await runCli(["status", "--dir", device.tls, ...words], { system: testSystem(system) });
}

const obstacles = ({ tls }: Device): Readonly<Record<string, readonly [Volumes, RegExp]>> => ({
  "is mounted read-only": [
    volumesWith({
      mounts: [{ point: "/", isReadOnly: false }, { point: tls, isReadOnly: true }],
    }),
    /\/tls\/\.certswap is on a file system that is mounted read-only/,
  ],
  "is full": [
    volumesWith({ room: { freeBlocks: 3, availableBlocks: 3 } }),
    /the file system of .*\.certswap has 12 KiB left, and a change needs up to \d+ KiB/,
  ],
  "has only blocks that ext4 reserves for itself": [
    volumesWith({ room: { blocks: 2000, freeBlocks: 40, availableBlocks: 0 } }),
    /has 0 KiB left/,
  ],
  "has no inodes": [volumesWith({ room: { freeInodes: 2 } }), /no free inodes/],
});

for (const what of Object.keys(obstacles({ tls: "" } as Device))) {
  Deno.test(`status and status --check report a directory that ${what}`, async () => {
    await withPair(async (device) => {
      const [volumes, text] = obstacles(device)[what] ?? assert.fail();
      const before = readTree(device.root);
      const plain = await run(device, [], { volumes, now: afterDays(1) });
      assert.match(
        plain.stderr,
        /^Warning: (?:cannot write the next change of the pair|the next change of the pair may not fit): /,
      );
      assert.match(plain.stderr, text);
      assert.equal(plain.exit, 0, "the pair itself is healthy");
      for (
        const [days, exit, state] of [[1, 1, "WARNING"], [70, 1, "WARNING"], [
          85,
          2,
          "CRITICAL",
        ]] as const
      ) {
        const check = await run(device, ["--check"], { volumes, now: afterDays(days) });
        assert.match(
          check.stdout,
          new RegExp(`^CERTSWAP ${state} - .*(?:cannot write the next change|may not fit)`),
        );
        assert.match(check.stdout, text);
        assert.equal(check.exit, exit);
      }
      const json = JSON.parse((await run(device, ["--json"], { volumes })).stdout);
      assert.match(json.blocked.reason, /^(?:read-only|full|no-inodes)$/);
      assert.match(json.blocked.path, /\.certswap$/);
      assert.deepEqual(readTree(device.root), before, "reads only");
    });
  });
}

Deno.test("status prints nothing about a disk with enough or unknown space", async () => {
  await withPair(async (device) => {
    for (
      const volumes of [
        volumesWith({}),
        volumesWith({ room: { inodes: 0, freeInodes: 0 } }),
        // Root may use the blocks that are reserved for it: 5 % on ext4.
        volumesWith({ room: { freeBlocks: 50_000, availableBlocks: 0 } }),
        // The last mount covers those before it.
        volumesWith({
          mounts: [{ point: "/", isReadOnly: true }, { point: "/", isReadOnly: false }],
        }),
        volumesWith({
          mounts: [{ point: "/", isReadOnly: false }, {
            point: device.tls.slice(0, -1),
            isReadOnly: true,
          }],
        }),
        undefined,
      ]
    ) {
      const { exit, stderr, stdout } = await run(device, ["--json"], {
        now: afterDays(1),
        ...(volumes === undefined ? {} : { volumes }),
      });
      assert.equal(stderr, "");
      assert.equal(exit, 0);
      assert.equal(JSON.parse(stdout).blocked, undefined);
    }
  });
});

/** What someone has done to the state directory of a pair, by what `status` says about it. */
const spoilt: Readonly<Record<string, (state: string) => void>> = {
  ".certswap is a symbolic link, expected a directory": (state) => {
    Deno.renameSync(state, `${state}.real`);
    Deno.symlinkSync(`${state}.real`, state);
  },
  "other users can write to STATE (mode 0777)": (state) => Deno.chmodSync(state, 0o777),
  "cert.pem.lock is a directory, expected a regular file": (state) => {
    Deno.removeSync(`${state}/cert.pem.lock`);
    Deno.mkdirSync(`${state}/cert.pem.lock`);
  },
  "cert.pem.rotation.lock is a symbolic link, expected a regular file": (state) =>
    Deno.symlinkSync("/dev/null", `${state}/cert.pem.rotation.lock`),
};

for (const [what, spoil] of Object.entries(spoilt)) {
  Deno.test(`status, its check and an idle rotation report before renewal: ${what}`, async () => {
    await withPair(async (device) => {
      const state = `${device.tls}/.certswap`;
      const volumes = volumesWith({});
      const configuration = `${device.root}/certswap.toml`;
      Deno.writeTextFileSync(configuration, `[pair.web]\ndir = "${device.tls}"\n`, { mode: 0o600 });
      const rotate = () =>
        runCli(["rotate", "--config", configuration], {
          system: testSystem({ volumes, now: afterDays(1) }),
        });
      const silent = await rotate();
      assert.deepEqual([silent.exit, silent.stderr], [0, ""]);
      spoil(state);
      const text = what.replace("STATE", state);
      const { stderr, exit } = await run(device, [], { volumes, now: afterDays(1) });
      assert.ok(stderr.startsWith("Warning: cannot write the next change of the pair: "), stderr);
      assert.ok(stderr.includes(text), stderr);
      assert.equal(exit, 0, "the pair itself is healthy");
      const check = await run(device, ["--check"], { volumes, now: afterDays(1) });
      assert.ok(check.stdout.startsWith("CERTSWAP WARNING - "), check.stdout);
      assert.ok(check.stdout.includes(text), check.stdout);
      const rotated = await rotate();
      assert.match(rotated.stderr, /^NOTICE: pair web: FAILING/m);
      assert.ok([1, 4].includes(rotated.exit), rotated.stderr);
    });
  });
}

Deno.test("write permission for a pair is judged for the owner of its state directory", async () => {
  await withPair(async (device) => {
    const system = (uid: number, mode: number): System => {
      const base = testSystem({ now: afterDays(1), volumes: volumesWith({}) });
      return {
        ...base,
        files: {
          ...base.files,
          stat(path) {
            const info = base.files.stat(path);
            if (path.endsWith("/.certswap")) return { ...info, uid, mode: 0o700 };
            return path === device.tls ? { ...info, uid: 0, mode } : info;
          },
        },
      };
    };
    const blocked = async (uid: number, mode: number) =>
      (await readStatus(system(uid, mode), device.paths)).blocked;
    const error = await blocked(1000, 0o755);
    assert.deepEqual([error?.reason, error?.path, error?.userId], ["permission", device.tls, 1000]);
    assert.match(describe(error).message, /user 1000, who renews it, cannot write to /);
    assert.equal(await blocked(0, 0o555), undefined, "root may write anyway");
    assert.equal(
      await blocked(1000, 0o775),
      undefined,
      "permission of its group, or from an access control list",
    );
  });
});

Deno.test("formatMetrics() reports a pair whose next change cannot be written", async () => {
  await withPair(async (device) => {
    const system = testSystem({ volumes: volumesWith({ room: { freeInodes: 0 } }) });
    const status = await readStatus(system, device.paths);
    const pairs = [{ name: "web", configuration: configured, status }];
    const text = formatMetrics(await measurePairs(system, pairs, new Map()));
    assert.match(text, /^certswap_renewal_blocked\{pair="web"\} 1$/m);
  });
});

Deno.test("status and config check report a file bind-mounted from the same file system", async () => {
  await withPair(async (device) => {
    const mounts = [{ point: "/", isReadOnly: false }, {
      point: device.paths.certificate,
      isReadOnly: false,
    }];
    const volumes = volumesWith({ mounts });
    const configuration = `${device.root}/certswap.toml`;
    Deno.writeTextFileSync(configuration, `[pair.web]\ndir = "${device.tls}"\n`, { mode: 0o600 });
    const note = new RegExp(
      `^Warning: (?:pair web: )?cannot replace ${device.paths.certificate}: it is a mount point\\n` +
        `Hint: .* Mount the directory instead: ${device.tls}$`,
      "m",
    );
    for (const words of [["status"], ["config", "check"]]) {
      const { stderr, exit } = await runCli([...words, "--config", configuration], {
        system: testSystem({ volumes }),
      });
      assert.match(stderr, note);
      assert.equal(stderr.match(/^Warning/gm)?.length, 1, stderr);
      assert.equal(exit, 0);
    }
  });
});
