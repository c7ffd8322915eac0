/** Which environment variables reach the runtime of the self-contained executable, with each shell. */
import assert from "node:assert/strict";
import { influentialVariables } from "../../scripts/build/runtime_variables.ts";
import { passedVariables } from "../../lib/system/mod.ts";
import {
  giveToOrdinaryUser,
  isSelfContained,
  ordinaryUser,
  type Place,
  run,
  withPlace,
} from "./support/executable.ts";

/** Shells that may be `/bin/sh`, and the variables that each exports with values of its own. */
const shells = [
  { command: ["/bin/dash"], own: ["OPTIND"] },
  { command: ["/bin/busybox", "sh"], own: ["OPTIND", "PATH"] },
  { command: ["/bin/bash"], own: ["OPTIND", "SHLVL"] },
  { command: ["/bin/bash", "--posix"], own: ["OPTIND", "SHLVL"] },
].filter(({ command: [shell = ""] }) => isThere(shell));

/** The variables that the launcher adds. */
const added = ["DENO_DIR", "DENO_NO_UPDATE_CHECK"];

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Runs a test as root, if this process is root, and again as an ordinary user. */
function test(name: string, fn: (place: Place, user: typeof ordinaryUser) => Promise<void>): void {
  const users = Deno.uid() === 0 ? [{ uid: 0, gid: 0 }, ordinaryUser] : [ordinaryUser];
  for (const user of users) {
    Deno.test({
      name: `the launcher ${name}, as ${user.uid === 0 ? "root" : "an ordinary user"}`,
      ignore: !isSelfContained,
      fn: () =>
        withPlace(async (place) => {
          if (user.uid === 0) await Deno.chown(place.directory, 0, 0);
          await fn(place, user);
        }),
    });
  }
}

/**
 * The environment of the runtime, read from the kernel while it waits for a lock.
 *
 * @returns values by their names, each byte a character.
 */
async function environmentOfRuntime(
  { directory, executable, cache }: Place,
  { shell, env, user }: {
    readonly shell: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly user: typeof ordinaryUser;
  },
): Promise<ReadonlyMap<string, string>> {
  const state = `${directory}/tls/.certswap`;
  for (const path of [`${directory}/tls`, state]) {
    await Deno.mkdir(path, { mode: 0o700 }).catch(() => {});
    if (user.uid !== 0) await giveToOrdinaryUser(path);
  }
  using lock = await Deno.open(`${state}/cert.pem.lock`, { create: true, write: true });
  if (user.uid !== 0) await giveToOrdinaryUser(`${state}/cert.pem.lock`);
  await lock.lock(true);
  const [program = "", ...args] = shell;
  const child = new Deno.Command(program, {
    args: [...args, executable, "recover", "--dir", `${directory}/tls`, "--lock-timeout", "60s"],
    clearEnv: true,
    env: { ...env, CERTSWAP_CACHE: cache },
    ...user,
    stdout: "null",
    // If it ends early, it says why.
    stderr: "inherit",
  }).spawn();
  try {
    for (let waited = 0; waited < 20_000; waited += 20) {
      const runs = await Deno.readLink(`/proc/${child.pid}/exe`).catch(() => "");
      const line = await Deno.readTextFile(`/proc/${child.pid}/cmdline`).catch(() => "");
      if (runs.endsWith("/deno") && line.includes("/main.js\0recover")) {
        const bytes = await Deno.readFile(`/proc/${child.pid}/environ`);
        const text = [...bytes].map((byte) => String.fromCharCode(byte)).join("");
        return new Map(
          text.split("\0").filter((entry) => entry !== "").map((entry) => {
            const at = entry.indexOf("=");
            return [entry.slice(0, at), entry.slice(at + 1)];
          }),
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`the runtime did not start: ${shell}`);
  } finally {
    await run("/bin/kill", ["-KILL", `${child.pid}`]);
    await child.status;
  }
}

function isPassed(name: string): boolean {
  return passedVariables.some((passed) =>
    passed.endsWith("*") ? name.startsWith(passed.slice(0, -1)) : name === passed
  );
}

/** UTF-8, each byte a character. */
function bytesOf(text: string): string {
  return [...new TextEncoder().encode(text)].map((byte) => String.fromCharCode(byte)).join("");
}

test("passes the variables of the list, byte for byte, and nothing else", async (place, user) => {
  const values = [
    "",
    " two  words\t",
    `'"'"' " \\ \` $(id) \${HOME} $'\\n' !! * ? [a]`,
    "one\nexport PATH='/nowhere'\nexport size=1 cache=2\nexport 1x='\nend\n",
    "'\nexport LANG='x'\ndeclare -x TZ=\"y\"\nexport a-b='\n",
    "caf\u00e9 \u202e \u0001\u007f",
    "\n\n",
    "=a=b",
  ];
  // The loader would report a library that it cannot find.
  const left: readonly string[] = ["CERTSWAP_CACHE", "LC_*", "LD_PRELOAD", "FAKETIME*"];
  const passed = passedVariables.filter((name) => !left.includes(name));
  const wanted = {
    ...Object.fromEntries(passed.map((name, at) => [name, values[at % values.length] ?? ""])),
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    LANG: "ca_ES.UTF-8@valencia",
    LC_TIME: "de_DE.UTF-8",
  };
  const others = {
    ...Object.fromEntries(influentialVariables.map((name) => [name, "1"])),
    // Variables of the launcher, and of the shells.
    ...Object.fromEntries(
      ["size", "skip", "sum", "name", "line", "cache", "uid", "self", "here", "runtime", "problem"]
        .map((name) => [name, "x"]),
    ),
    ...{ CDPATH: "/", IFS: "/x", OPTIND: "1", PPID: "1", UID: "5", EUID: "5", PS4: "$(id)" },
    ...{ PWD: "/", OLDPWD: "/", SHLVL: "7", _: "x", LINENO: "3", RANDOM: "4", MAIL: "/x" },
    ...{
      BASH_VERSION: "5",
      BASH_VERSINFO: "5",
      ZSH_VERSION: "5",
      LS_COLORS: "x",
      BLOCK_SIZE: "1k",
    },
    ...{ TIME_STYLE: "+%s %s", QUOTING_STYLE: "shell", POSIXLY_CORRECT: "1" },
    ...{ HTTP_PROXY: "http://127.0.0.1:1", LD_NO_SUCH: "1", MULTI: values[3] ?? "" },
    // Not identifiers: a shell cannot unset them.
    ...{ "BASH_FUNC_cd%%": "() { echo hijacked; }", "BASH_FUNC_x%%": "() { :; }" },
    ...{ "a.b": "1", "2A": "1", "a-b": "1", "sp ace": "1", "new\nline": "1", "\u00e9": "1" },
    ...{ "a[$(touch /tmp/certswap-injected)]": "1" },
  };
  assert.ok(shells.length > 0);
  for (const { command, own } of shells) {
    const found = await environmentOfRuntime(place, {
      shell: command,
      env: { ...others, ...wanted },
      user,
    });
    const unwanted = [...found.keys()]
      .filter((name) => !isPassed(name) && ![...added, ...own].includes(name));
    assert.deepEqual(unwanted, [], command.join(" "));
    for (const [name, value] of Object.entries(wanted)) {
      assert.equal(found.get(name), bytesOf(value), `${command.join(" ")}: ${name}`);
    }
    assert.equal(found.get("CERTSWAP_CACHE"), place.cache);
    assert.equal(found.get("DENO_NO_UPDATE_CHECK"), "1");
    assert.match(found.get("DENO_DIR") ?? "", /\/code$/);
  }
  assert.ok(!isThere("/tmp/certswap-injected"));
});

test("sets nothing that was not set", async (place, user) => {
  for (const { command, own } of shells) {
    const found = await environmentOfRuntime(place, { shell: command, env: {}, user });
    const names = [...found.keys()].filter((name) => !own.includes(name)).sort();
    assert.deepEqual(names, ["CERTSWAP_CACHE", ...added].sort(), command.join(" "));
  }
});

test("passes values that are not UTF-8", async (place, user) => {
  for (const { command, own } of shells) {
    const script = `value=$(printf 'a\\377\\200\\ne\\1')
exec env -i "HOME=$value" "SECRET=$value" "CERTSWAP_CACHE=$CERTSWAP_CACHE" "$@"`;
    const found = await environmentOfRuntime(place, {
      shell: ["/bin/sh", "-c", script, "sh", ...command],
      env: { PATH: "/usr/bin:/bin" },
      user,
    });
    assert.equal(found.get("HOME"), "a\u00ff\u0080\ne\u0001", command.join(" "));
    const names = [...found.keys()].filter((name) => !own.includes(name)).sort();
    assert.deepEqual(names, ["CERTSWAP_CACHE", "HOME", ...added].sort(), command.join(" "));
  }
});

test("passes no locale that crashes the runtime", async (place, user) => {
  const refused = [
    "a".repeat(12),
    `en_${"A".repeat(160)}`,
    `en_US@${"a".repeat(200)}`,
    "a b",
    "a\nb",
  ];
  for (const { command } of shells) {
    const given = Object.fromEntries(refused.map((value, at) => [`LC_${"ABCDE"[at]}`, value]));
    for (const value of refused) {
      const env = { ...given, LANG: value, LC_ALL: "C.UTF-8", LC_MESSAGES: "nonsense" };
      const found = await environmentOfRuntime(place, { shell: command, env, user });
      const locales = [...found.keys()].filter((name) => /^(LANG|LC_)/.test(name)).sort();
      assert.deepEqual(locales, ["LC_ALL", "LC_MESSAGES"], command.join(" "));
    }
  }
});

test("takes an environment as large as the system allows", async (place, user) => {
  const env = Object.fromEntries(
    Array.from({ length: 2000 }, (_, number) => [`VARIABLE_${number}`, "export A='\n".repeat(50)]),
  );
  const shell = ["/bin/sh"];
  const found = await environmentOfRuntime(place, { shell, env, user });
  assert.deepEqual([...found.keys()].filter((name) => name.startsWith("VARIABLE_")), []);
});
