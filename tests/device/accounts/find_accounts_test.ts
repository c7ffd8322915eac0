/** Looking up users and groups in the local databases, and with a simulated getent. */
import assert from "node:assert/strict";
import { findAccounts, type WantedAccounts } from "../../../lib/device/accounts/mod.ts";
import {
  denoProcesses,
  ProcessStartError,
  type ProgramEnd,
  type RunOptions,
  type RunResult,
} from "../../../lib/system/mod.ts";
import { InterruptedError } from "../../../lib/transaction/mod.ts";
import { plant } from "../../simulation/model/disk.ts";
import { SimulatedFileSystem } from "../../simulation/model/simulated_file_system.ts";
import { simulatedSystem } from "../../simulation/model/simulated_system.ts";

const passwd = "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:34:www:/var/www:/bin/false\n";
const group = "root:x:0:\nwww-data:x:34:alice,bob\nssl-cert:x:110:\n";

/** A machine with these databases, and a getent that behaves in this way. */
interface Machine {
  readonly passwd?: string;
  readonly group?: string;
  readonly getent?: (database: string, name: string) => Partial<RunResult> | Error;
}

const exited = (code: number): ProgramEnd => ({ kind: "exit", code });
const prints = (text: string): Partial<RunResult> => ({ output: new TextEncoder().encode(text) });

/** How the machine's parts were used. */
interface Use {
  readonly opened: string[];
  readonly runs: RunOptions[];
}

/** Finds accounts on a machine. @returns the IDs by name; `?` for an account that may exist. */
async function find(
  wanted: Partial<WantedAccounts>,
  { getent = () => ({ end: exited(2) }), ...databases }: Machine = {},
) {
  const use: Use = { opened: [], runs: [] };
  const disk = plant({
    "/etc/passwd": databases.passwd ?? passwd,
    "/etc/group": databases.group ?? group,
  });
  const files = new SimulatedFileSystem(disk, {
    fate({ operation, path }) {
      if (operation === "open") use.opened.push(path);
      return "run";
    },
  });
  const run = (options: RunOptions): Promise<RunResult> => {
    use.runs.push(options);
    const [program, database = "", name = ""] = options.command;
    assert.equal(program, "getent");
    const answer = getent(database, name);
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve({
      end: exited(0),
      output: new Uint8Array(),
      errorOutput: new Uint8Array(),
      ...answer,
    });
  };
  const { users, groups } = await findAccounts(
    { files, processes: { ...simulatedSystem(files).processes, run } },
    { users: [], groups: [], ...wanted },
  );
  const shown = (accounts: typeof users) =>
    Object.fromEntries(
      Array.from(accounts, ([name, account]) => {
        assert.equal(account.name, name);
        return [name, account.isUncertain ? "?" : account.id];
      }),
    );
  return { users: shown(users), groups: shown(groups), ...use };
}

Deno.test("findAccounts() finds local names without getent, and reads each database once", async () => {
  const { users, groups, opened, runs } = await find({
    users: ["www-data", "root", "www-data"],
    groups: ["ssl-cert", "www-data"],
  });
  assert.deepEqual(users, { "www-data": 33, "root": 0 });
  assert.deepEqual(groups, { "ssl-cert": 110, "www-data": 34 });
  assert.deepEqual(opened, ["/etc/passwd", "/etc/group"]);
  assert.deepEqual(runs, []);
});

Deno.test("findAccounts() takes numbers as they are, and reads nothing for them", async () => {
  const { users, groups, opened, runs } = await find({
    users: ["0", "4294967294"],
    groups: ["12345"],
  }, { passwd: "0:x:7:7:::\n" });
  assert.deepEqual(users, { "0": 0, "4294967294": 4_294_967_294 });
  assert.deepEqual(groups, { "12345": 12_345 });
  assert.deepEqual(opened, []);
  assert.deepEqual(runs, []);
});

Deno.test("findAccounts() never looks up what cannot be a name or a number", async () => {
  const wrong = ["", "-s", "4294967295", "007", "a:b", "a b", "a\nb"];
  const { users, opened, runs } = await find({ users: wrong });
  assert.deepEqual(users, Object.fromEntries(wrong.map((name) => [name, undefined])));
  assert.deepEqual(opened, []);
  assert.deepEqual(runs, []);
});

Deno.test("findAccounts() skips malformed lines, and takes the first of several entries", async () => {
  const lines = [
    "",
    "web",
    "web:x",
    "web:x:",
    "web:x::7::/:",
    "web:x:-1:7::/:",
    "web:x:0x7:7::/:",
    "web:x:4294967295:7::/:",
    "web:x:99999999999:7::/:",
    "web:x:7:no::/:",
    "+web:x:8:8::/:",
    "# web:x:8:8::/:",
    " web:x:8:8::/:",
    "web:x:5:5::/:",
    "web:x:6:6::/:",
  ];
  const { users, groups, runs } = await find({ users: ["web"], groups: ["tls"] }, {
    passwd: lines.join("\n"),
    group: "tls\ntls:x\ntls:x:\ntls:x:y:\n-tls:x:1:\ntls:x:2:a,b\ntls:x:3:\n",
  });
  assert.deepEqual(users, { web: 5 });
  assert.deepEqual(groups, { tls: 2 });
  assert.deepEqual(runs, []);
});

Deno.test("findAccounts() asks getent once for each name that the databases lack", async () => {
  const entries: Record<string, string> = {
    "passwd ldap": "ldap:*:10001:10002:An: LDAP user:/home/ldap:/bin/sh\n",
    "group staff": "staff:*:20001:one,two\n",
  };
  const { users, groups, runs } = await find({
    users: ["ldap", "root", "ldap", "stranger"],
    groups: ["staff", "staff"],
  }, {
    getent: (database, name) => {
      const entry = entries[`${database} ${name}`];
      return entry === undefined ? { end: exited(2) } : prints(entry);
    },
  });
  assert.deepEqual(users, { "ldap": 10_001, "root": 0, "stranger": undefined });
  assert.deepEqual(groups, { staff: 20_001 });
  assert.deepEqual(runs.map(({ command }) => command.join(" ")), [
    "getent passwd ldap",
    "getent passwd stranger",
    "getent group staff",
  ]);
});

Deno.test("findAccounts() asks getent for many names, a few at a time", async () => {
  const names = Array.from({ length: 50 }, (_, index) => `user${index}`);
  let running = 0;
  let most = 0;
  const system = simulatedSystem(new SimulatedFileSystem(plant({})));
  const run = async ({ command: [, , name = ""] }: RunOptions): Promise<RunResult> => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    const output = new TextEncoder().encode(`${name}:x:${name.slice(4)}:0:::\n`);
    return { end: exited(0), output, errorOutput: new Uint8Array() };
  };
  const processes = { ...system.processes, run };
  const { users } = await findAccounts({ ...system, processes }, { users: names, groups: [] });
  assert.deepEqual(names.map((name) => users.get(name)?.id), names.map((_, index) => index));
  assert.ok(most > 1 && most <= 4, `${most}`);
});

Deno.test("findAccounts() limits getent's time and output, and passes on no environment", async () => {
  const { runs: [run] } = await find({ users: ["ldap"] });
  assert.equal(run?.timeLimit, 5000);
  assert.equal(run?.onExcess, "end");
  assert.ok(run?.outputLimit <= 1024 * 1024);
  assert.deepEqual(run?.environment, { PATH: "/usr/bin:/bin", LC_ALL: "C" });
});

for (
  const [what, answer] of [
    ["of another name", "games:x:5:60:::\n"],
    ["of the same name in capitals", "LDAP:x:5:60:::\n"],
    ["without a number", "ldap:x:many:60:::\n"],
    ["with the number -1", "ldap:x:4294967295:60:::\n"],
    ["with a negative number", "ldap:x:-5:60:::\n"],
    ["that is cut off", "ldap:x:5"],
    ["that is not text", "\0\x01\xff"],
    ["that is empty", ""],
  ] as const
) {
  Deno.test(`findAccounts() does not believe an entry of getent ${what}`, async () => {
    const { users } = await find({ users: ["ldap"] }, { getent: () => prints(answer) });
    assert.deepEqual(users, { ldap: undefined });
  });
}

for (
  const [what, end] of [
    ["does not end in time", { kind: "time-limit" }],
    ["prints too much", { kind: "output-limit" }],
    ["is killed", { kind: "signal", signal: "SIGSEGV" }],
    ["fails", exited(1)],
    ["does not know the database", exited(127)],
  ] as const
) {
  Deno.test(`findAccounts() cannot tell about a name if getent ${what}`, async () => {
    const { users, groups, runs } = await find({ users: ["ldap", "root"], groups: ["staff"] }, {
      getent: () => ({ ...prints("ldap:x:5:5:::\n"), end }),
    });
    assert.deepEqual(users, { ldap: "?", root: 0 });
    assert.deepEqual(groups, { staff: "?" });
    assert.equal(runs.length, 2, "the next name may have an answer");
  });
}

for (const errno of ["ENOENT", "EACCES", "EUNKNOWN"]) {
  Deno.test(`findAccounts() does without a getent that cannot be started (${errno})`, async () => {
    const names = Array.from({ length: 50 }, (_, index) => `user${index}`);
    const { users, runs } = await find({ users: ["root", ...names] }, {
      getent: () => new ProcessStartError("getent", errno),
    });
    assert.deepEqual(users, { root: 0, ...Object.fromEntries(names.map((name) => [name, "?"])) });
    assert.ok(runs.length <= 4, "it is not tried for every name");
  });
}

Deno.test({
  name: "findAccounts() does without getent if the permission to run programs was given up",
  permissions: { run: false },
  fn: async () => {
    const files = new SimulatedFileSystem(plant({ "/etc/passwd": passwd }));
    const wanted = { users: ["root", "ldap"], groups: [] };
    const { users } = await findAccounts({ files, processes: denoProcesses }, wanted);
    assert.deepEqual([...users.values()], [
      { name: "root", id: 0 },
      { name: "ldap", id: undefined, isUncertain: true },
    ]);
  },
});

Deno.test("findAccounts() stops if certswap is told to stop while getent is running", async () => {
  const started: string[] = [];
  await assert.rejects(
    find({ users: ["a", "b", "c", "d", "e", "f"], groups: ["g"] }, {
      getent: (_, name) => {
        started.push(name);
        return { end: { kind: "interrupted", signal: "SIGTERM" } };
      },
    }),
    (error) => error instanceof InterruptedError && error.signal === "SIGTERM",
  );
  assert.ok(started.length <= 4, started.join(" "));
});

Deno.test("findAccounts() asks getent if a database is missing, unreadable or too large", async () => {
  const getent = () => prints("ldap:x:10001:10002:::\n");
  const tooLarge = "root:x:0:0::/root:/bin/sh\n".repeat(170_000);
  assert.deepEqual((await find({ users: ["ldap"] }, { passwd: tooLarge, getent })).users, {
    ldap: 10_001,
  });
  const none = new SimulatedFileSystem(plant({}));
  const unreadable = new SimulatedFileSystem(plant({ "/etc/passwd": passwd }), {
    fate: ({ operation }) => operation === "open" ? { errno: "EACCES" } : "run",
  });
  for (const files of [none, unreadable]) {
    const { users } = await findAccounts(simulatedSystem(files), { users: ["root"], groups: [] });
    assert.deepEqual([...users.values()], [{ name: "root", id: undefined, isUncertain: true }]);
  }
});
