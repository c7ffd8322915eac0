/** The permissions of commands, tried for real. */
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import project from "../../../deno.json" with { type: "json" };
import { command } from "../../../lib/cli/declaration/command.ts";
import { denoWorld } from "../../../lib/cli/mod.ts";
import { everyCommand } from "../../../lib/cli/tree/walk.ts";
import {
  type AccessLists,
  denoFileSystem,
  environmentNames,
  type FileSystem,
  nameOf,
  type Needs,
  systemNames,
  wholeKinds,
} from "../../../lib/system/mod.ts";
import { grantedPermissions } from "../../../scripts/build/permission_flags.ts";
import { withCa } from "../../support/ca.ts";
import { type Device, fleet, withDevice } from "../../support/device.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { runCli, testSystem } from "../../support/test_world.ts";

/** The commands that use the network. No other command may. */
const onTheNetwork = [
  "certswap enroll",
  "certswap rotate",
  "certswap trust accept",
  "certswap config check",
  "certswap ca serve",
];

/**
 * The commands that start programs: `rotate`, `config check --probe` and, for a publish hook, `ca serve`
 * until they end, the others only until they have read access control lists or the list of mounts.
 */
const startingPrograms = [
  ...onTheNetwork,
  "certswap swap",
  "certswap rollback",
  "certswap status",
  "certswap ca crl",
];

/** The commands that read the list of mounts, which only programs can, before they read a pair. */
const lookingAround = ["certswap status", "certswap config check"];

/** Flags as the parser hands them to a command. */
type Flags = Readonly<Record<string, boolean | string>>;

/** The commands that only read with some flags: with such flags, and with others. */
const lookers: Readonly<Record<string, { readonly looking: Flags; readonly changing: Flags }>> = {
  ...Object.fromEntries(
    ["stage", "swap", "rollback", "recover", "rotate", "export", "ca recover", "ca import"]
      .map((name) => [
        `certswap ${name}`,
        { looking: { dryRun: true }, changing: { dryRun: false } },
      ]),
  ),
  ...Object.fromEntries(
    ["systemd", "cron"].map((name) => [
      `certswap install ${name}`,
      { looking: { print: true }, changing: { print: false } },
    ]),
  ),
  "certswap status": { looking: {}, changing: { metrics: "/x.prom" } },
  "certswap config check": { looking: { probe: false }, changing: { probe: true } },
  "certswap ca check": { looking: { repair: false }, changing: { repair: true } },
  "certswap ca certificates": { looking: {}, changing: { out: "/x.pem" } },
  "certswap ca intermediate request": { looking: { out: "-" }, changing: { out: "/x.csr" } },
  "certswap ca serve": {
    looking: { printPermissions: true },
    changing: { printPermissions: false },
  },
  "certswap ca serial": { looking: {}, changing: { raiseTo: "1f" } },
};

interface Found {
  readonly read: boolean;
  readonly write: boolean;
  readonly net: boolean;
  readonly run: boolean;
  readonly ffi: boolean;
  readonly env: readonly string[];
  readonly sys: readonly string[];
}

/** All permissions of all commands, and more. */
const allPermissions = [
  "--no-prompt",
  "--allow-ffi",
  "--allow-import",
  ...wholeKinds.map((kind) => `--allow-${kind}`),
  `--allow-env=${environmentNames.join(",")}`,
  `--allow-sys=${systemNames.join(",")}`,
];

/** What a command started with all permissions can still do just before its module is loaded. */
async function attempt(words: readonly string[], flags: Flags, file: string): Promise<Found> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--cached-only",
      ...allPermissions,
      fileURLToPath(new URL("attempt.ts", import.meta.url)),
      file,
      JSON.stringify(flags),
      ...words,
    ],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout)) as Found;
}

for (const { words, target: { needs } } of everyCommand()) {
  const name = words.join(" ");
  const looker = lookers[name];
  Deno.test(`${name} can do exactly what it declares`, async () => {
    await withTemporaryDirectory(async (directory) => {
      const file = `${directory}/file`;
      await Deno.writeTextFile(file, "");
      const { read, write, net, run, env, sys } = needs;
      assert.deepEqual(await attempt(words, looker?.changing ?? {}, file), {
        read: read ?? false,
        write: write ?? false,
        net: net ?? false,
        run: run ?? false,
        ffi: false,
        env: [...env ?? []],
        sys: [...sys ?? []],
      });
    });
  });

  if (looker !== undefined) {
    Deno.test(`${name} with ${JSON.stringify(looker.looking)} can change nothing`, async () => {
      await withTemporaryDirectory(async (directory) => {
        const file = `${directory}/file`;
        await Deno.writeTextFile(file, "");
        const { read, write, net, run } = await attempt(words, looker.looking, file);
        assert.deepEqual({ read, write, net, run }, {
          read: true,
          write: false,
          net: false,
          run: lookingAround.includes(name),
        });
      });
    });
  }

  if (!onTheNetwork.includes(name)) {
    Deno.test(`${name} declares no network`, () => assert.equal(needs.net, undefined));
  }

  if (!startingPrograms.includes(name)) {
    Deno.test(`${name} declares no processes`, () => assert.equal(needs.run, undefined));
  }
}

/** The order in which a command reads the key and the certificate and drops permissions. */
async function eventsOf(device: Device, words: readonly string[]): Promise<string[]> {
  const events: string[] = [];
  const noted = <T>(event: string, result: T): T => (events.push(event), result);
  const isOfPair = (path: string): boolean => path.endsWith(".pem") || path.endsWith(".previous");
  const files: FileSystem = {
    ...denoFileSystem,
    openFile: (path) => noted(`read ${nameOf(path)}`, denoFileSystem.openFile(path)),
    openPromptly: async (path) => {
      const handle = await denoFileSystem.openPromptly(path);
      return isOfPair(path) ? noted(`read ${nameOf(path)}`, handle) : handle;
    },
  };
  const plain = ["user::rw-", "group::r--", "other::---"];
  const accessLists: AccessLists = {
    areAvailable: () => true,
    read: (paths) =>
      Promise.resolve(noted("list", paths.map(() => ({ entries: plain, defaults: [] })))),
    prepare: () => assert.fail("there is no list to set"),
    groupCanRead: () => Promise.resolve(true),
  };
  const permissions = {
    keepOnly: ({ run }: Needs) => void events.push(run ? "keep run" : "give run up"),
  };
  const system = testSystem({ files, accessLists });
  const { exit, stderr } = await runCli([...words, "--dir", device.tls], { system, permissions });
  assert.equal(exit, 0, stderr);
  return events;
}

for (
  const { mode, before } of [
    { mode: 0o600, before: ["keep run", "give run up"] },
    { mode: 0o640, before: ["keep run", "list", "give run up"] },
  ]
) {
  Deno.test(`swap and rollback of a ${mode.toString(8)} key start no program once they read`, async () => {
    const { first, second } = await fleet();
    await withDevice(async (device) => {
      device.activate(first);
      Deno.chmodSync(device.paths.key, mode);
      const { certificate, key } = device.give("second", second);
      const given = ["--new-cert", certificate, "--new-key", key, "--keep-previous"];
      for (const words of [["swap", ...given], ["rollback"]]) {
        const events = await eventsOf(device, words);
        assert.deepEqual(events.slice(0, before.length), before);
        assert.ok(events.slice(before.length).every((event) => event.startsWith("read ")));
        assert.ok(events.length > before.length);
      }
    });
  });
}

Deno.test("ca crl without a publish hook starts no program once it has read the settings", async () => {
  await withCa(async ({ dataDirectory }) => {
    const kept: (boolean | undefined)[] = [];
    const permissions = { keepOnly: ({ run }: Needs) => void kept.push(run !== undefined) };
    await runCli(["ca", "crl", "--data-dir", dataDirectory], { permissions });
    assert.deepEqual(kept, [true, false]);
  });
});

for (const words of [["crl"], ["serve", "--rotate-responder"]]) {
  Deno.test(`ca ${words.join(" ")} can reach a store on a server, and no server without one`, async () => {
    await withCa(async ({ dataDirectory }) => {
      const reached = async (): Promise<boolean[]> => {
        const kept: boolean[] = [];
        const permissions = { keepOnly: ({ net }: Needs) => void kept.push(net !== undefined) };
        await runCli(["ca", ...words, "--data-dir", dataDirectory], { permissions });
        return kept;
      };
      assert.equal((await reached()).at(-1), false);
      Deno.writeTextFileSync(
        `${dataDirectory}/store.json`,
        '{ "version": 1, "store": "postgres" }',
      );
      const kept = await reached();
      assert.ok(kept.length > 0 && !kept.includes(false), String(kept));
    });
  });
}

Deno.test("a command that only reads declares no writing", () => {
  for (const { words, target: { needs } } of everyCommand()) {
    const looks = ["list", "verify"].includes(words.at(-1) ?? "") || words.includes("config");
    if (looks) assert.equal(needs.write, undefined, words.join(" "));
  }
});

Deno.test("every command with a flag to change nothing drops the permissions to change anything", () => {
  for (const { words, target } of everyCommand()) {
    const flags = Object.keys(target.parameters.flags ?? {});
    if (flags.some((flag) => ["dryRun", "print", "repair"].includes(flag))) {
      assert.ok(words.join(" ") in lookers, words.join(" "));
    }
  }
});

Deno.test("command() drops unneeded permissions before it loads the command", async () => {
  const events: string[] = [];
  const probe = command<{ json: boolean }>({
    documentation: { usage: "", brief: "", description: [], examples: [] },
    parameters: { flags: { json: { kind: "boolean", brief: "" } } },
    needs: { read: true },
    load: () => {
      events.push("load");
      return Promise.resolve({ default: () => Promise.resolve({ json: {}, lines: [] }) });
    },
  });
  const permissions = {
    keepOnly: (needs: unknown) => events.push(`keep ${JSON.stringify(needs)}`),
  };
  const line = { flags: { json: false }, positional: [] };
  await probe.act({ ...denoWorld, permissions }, line);
  assert.deepEqual(events, ['keep {"read":true}', "load"]);
});

Deno.test("the sources are started with the permissions of the executable", () => {
  const { whole, env, sys } = grantedPermissions();
  assert.deepEqual(project.permissions.certswap, {
    ...Object.fromEntries(whole.map((kind) => [kind, true])),
    sys,
    env,
  });
});
