/** Running command lines: help, version, mistakes, JSON, exit codes. */
import assert from "node:assert/strict";
import { everyCommand, everyGroup } from "../../../lib/cli/tree/walk.ts";
import { denoFileSystem, join } from "../../../lib/system/mod.ts";
import { fleet, withDevice } from "../../support/device.ts";
import { runCli, testSystem } from "../../support/test_world.ts";

for (const place of [...everyGroup(), ...everyCommand()]) {
  const words = place.words.slice(1);
  Deno.test(`certswap ${[...words, "--help"].join(" ")} fits 80 columns and shows an example`, async () => {
    const { exit, stdout, stderr } = await runCli([...words, "--help"]);
    assert.equal(exit, 0);
    assert.equal(stderr, "");
    assert.match(stdout, /^Usage: certswap /);
    assert.match(stdout, /\nExamples:\n/);
    for (const line of stdout.split("\n")) assert.ok(line.length <= 80, line);
    assert.doesNotMatch(stdout, /undefined|\[object/);
  });
}

Deno.test("certswap without a command shows its help", async () => {
  assert.equal((await runCli([])).stdout, (await runCli(["--help"])).stdout);
});

Deno.test("certswap --help lists the flags that are given instead of a command, or before it", async () => {
  const { stdout } = await runCli(["--help"]);
  for (const flag of ["-V, --version", "-h, --help", "--cache-dir DIR"]) {
    assert.match(stdout, new RegExp(`^  ${flag}  `, "m"));
  }
  const group = await runCli(["ca", "--help"]);
  assert.doesNotMatch(group.stdout, /--version|--cache-dir/);
});

Deno.test("certswap --version prints the version and the runtime", async () => {
  const { version } = JSON.parse(
    Deno.readTextFileSync(new URL("../../../deno.json", import.meta.url)),
  );
  const { deno, v8 } = Deno.version;
  assert.equal(
    (await runCli(["--version"])).stdout,
    `certswap ${version}\nDeno ${deno}, V8 ${v8}\nRun from sources\n`,
  );
});

Deno.test("certswap --version --json prints one JSON object, in any order and form", async () => {
  const { version } = JSON.parse(
    Deno.readTextFileSync(new URL("../../../deno.json", import.meta.url)),
  );
  const { deno, v8 } = Deno.version;
  const build = { kind: "compiled", date: "2026-11-19T00:00:00Z" } as const;
  const printed = { version, deno, v8, kind: "compiled", built: build.date, warnings: [] };
  const lines = [
    ["--version", "--json"],
    ["--json", "-V"],
    ["--version", "--json=true"],
    ["--cache-dir", "/x", "--version", "--json"],
  ];
  for (const words of lines) {
    const { exit, stdout, stderr } = await runCli(words, { build });
    assert.deepEqual([exit, stderr], [0, ""], words.join(" "));
    assert.deepEqual(JSON.parse(stdout), printed);
  }
  const { built: _, ...unbuilt } = printed;
  const { stdout } = await runCli(["--version", "--json"]);
  assert.deepEqual(JSON.parse(stdout), { ...unbuilt, kind: "sources" });
  assert.match((await runCli(["--version", "--json=false"])).stdout, /^certswap /);
});

Deno.test("certswap --version on a full standard output exits 4, also as JSON", async () => {
  for (const words of [["--version"], ["--version", "--json"]]) {
    const { exit, stderr } = await runCli(words, { outputErrno: "ENOSPC" });
    assert.equal(exit, 4);
    assert.match(stderr, /^Error: cannot write to standard output: no space left on device$/m);
  }
});

for (const words of [["--help"], ["ca", "--help"], ["ca", "sign", "-h"]]) {
  Deno.test(`certswap ${[...words, "--json"].join(" ")} prints one JSON object`, async () => {
    const { exit, stdout, stderr } = await runCli([...words, "--json"]);
    assert.deepEqual([exit, stderr], [0, ""]);
    assert.deepEqual(JSON.parse(stdout), {
      text: (await runCli(words)).stdout.trimEnd(),
      warnings: [],
    });
  });
}

Deno.test("certswap accepts --cache-dir before the command in every build", async () => {
  const plain = await runCli(["swap", "--help"]);
  for (const words of [["--cache-dir", "/x"], ["--cache-dir=/x"]]) {
    assert.deepEqual(await runCli([...words, "swap", "--help"]), plain);
  }
});

const wrong: [words: string[], error: RegExp, hint: RegExp][] = [
  [["--cache-dir", ""], /--cache-dir needs a value/, /directory that belongs to you/],
  [["--cache-dir=", "swap"], /--cache-dir needs a value/, /directory that belongs to you/],
  [
    ["--dir", "x"],
    /expected a command, found --dir$/,
    /The command comes first: .*'certswap --help'/,
  ],
  [["-x"], /expected a command, found -x$/, /'certswap --help'/],
  [
    ["ca", "--data-dir", "x"],
    /expected a command, found --data-dir$/,
    /'certswap ca --help'/,
  ],
  [[""], /unknown command ''$/, /^Hint: See 'certswap --help'\.$/],
  [["foo"], /unknown command 'foo'$/, /'certswap --help'/],
  [["sign"], /unknown command 'sign'$/, /^Hint: Did you mean 'certswap ca sign'\? See /],
  [["init", "--force"], /unknown command 'init'$/, /Did you mean 'certswap ca init'\?/],
  [
    ["check"],
    /unknown command 'check'$/,
    /'certswap config check', 'certswap ca check' or 'certswap ca config check'\?/,
  ],
  [["systemd"], /unknown command 'systemd'$/, /Did you mean 'certswap install systemd'\?/],
  [["ca", "rotate"], /unknown command 'rotate'$/, /Did you mean 'certswap rotate'\?/],
  [["systmd"], /unknown command 'systmd'$/, /'certswap install systemd'\?/],
  [["swop"], /unknown command 'swop'$/, /Did you mean 'certswap swap'\? See 'certswap --help'/],
  [["swap", "--dri", "x"], /unknown flag --dri\. Did you mean/, /'certswap swap --help'/],
  [["swap", "--keep-previou"], /Did you mean --keep-previous\?$/, /'certswap swap --help'/],
  [["swap", "-x"], /unknown flag -x/, /'certswap swap --help'/],
  [["swap", "--dir"], /--dir needs a value/, /Write --dir DIR\. See .*swap --help/],
  [["swap", "--dir", "--dry-run"], /--dir needs a value/, /swap --help/],
  [["swap", "--dir", "a", "--dir", "b"], /--dir is given twice/, /swap --help/],
  [["swap", "--dir", ""], /--dir: the path is empty/, /swap --help/],
  [["swap", "--dir", "a\0b"], /--dir: a path cannot contain a NUL byte/, /swap --help/],
  // Deno replaces bytes that are not UTF-8, so the path would name another file.
  [["swap", "--dir", "a\ufffd"], /--dir: the path is not UTF-8/, /swap --help/],
  [["swap", "x"], /unexpected argument 'x'/, /swap --help/],
  [["swap"], /no pair is selected/, /--cert FILE --key FILE, or --combined FILE/],
  [["swap", "--cert", "a"], /--key is missing/, /--cert FILE --key FILE/],
  [["swap", "--key", "a"], /--cert is missing/, /--cert FILE --key FILE/],
  [["swap", "--dir", "a", "--cert", "b"], /--dir already selects the pair/, /Leave out --dir/],
  [["swap", "--dir", "a", "--new-cert", "b"], /--new-key is missing/, /--new-cert FILE/],
  [["stage", "--dir", "a"], /--new-cert is missing/, /--new-cert FILE/],
  [
    ["swap", "--dir", "a", "--lock-timeout", "soon"],
    /--lock-timeout: 'soon' is not/,
    /swap --help/,
  ],
  [
    ["recover", "--dir", "a", "--keep", "both"],
    /--keep cannot be 'both': choose old or new/,
    /recov/,
  ],
  [
    ["ca", "sign"],
    /CSR-FILE is missing/,
    /Name request files, or a directory of them with --from\./,
  ],
  [
    ["ca", "revoke", "02", "--reason", "stolen"],
    /cannot be 'stolen': choose unspecified, keyCompromise, .*superseded or cessationOfOperation$/,
    /revoke --help/,
  ],
];

for (const [words, message, hint] of wrong) {
  Deno.test(`certswap ${JSON.stringify(words)} is a usage error: exit 2, in words and as JSON`, async () => {
    const { exit, stdout, stderr } = await runCli(words);
    assert.equal(exit, 2);
    assert.equal(stdout, "");
    const [error, advice] = stderr.split("\n");
    assert.match(error ?? "", message);
    assert.match(advice ?? "", hint);
    const json = await runCli([...words, "--json"]);
    assert.equal(json.exit, 2);
    assert.equal(JSON.parse(json.stdout).error.code, "usage");
  });
}

Deno.test("certswap with nothing to do prints nothing under cron, and one line on a terminal", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const words = ["recover", "--dir", device.tls];
    assert.deepEqual(await runCli(words), { exit: 0, stdout: "", stderr: "" });
    assert.deepEqual(await runCli(words, { isTerminal: true }), {
      exit: 0,
      stdout: "",
      stderr: "Nothing to recover.\n",
    });
    const { recovery } = JSON.parse((await runCli([...words, "--json"])).stdout);
    assert.equal(recovery.outcome, "clean");
  });
});

Deno.test("certswap with a full standard output reports that, and exits with 4", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const { certificate, key } = device.give("new", second);
    const pair = ["--dir", device.tls];
    const swap = ["swap", ...pair, "--new-cert", certificate, "--new-key", key];
    const full = { outputErrno: "ENOSPC" };
    const lost = {
      exit: 4,
      stdout: "",
      stderr: "Error: cannot write to standard output: no space left on device\n" +
        "Hint: The command has finished; only its output is lost. " +
        "Send the output elsewhere, then check the result with 'certswap status' (of a CA: 'certswap " +
        "ca list').\n",
    };
    assert.deepEqual(await runCli(swap, full), lost);
    assert.equal(device.read("cert.pem"), second.chainPem);
    for (const words of [["status", ...pair], ["status", ...pair, "--json"], ["--help"]]) {
      assert.deepEqual(await runCli(words, full), lost, words.join(" "));
    }
  });
});

Deno.test("certswap with a full standard output keeps the exit code of an error", async () => {
  await withDevice(async (device) => {
    const words = ["rollback", "--dir", device.tls, "--json"];
    const { exit, stderr } = await runCli(words, { outputErrno: "ENOSPC" });
    assert.equal(exit, 1);
    assert.match(stderr, /^Error: there is no previous pair[^]*Hint: .*\n$/);
  });
});

Deno.test("certswap accepts every form of --json that the parser accepts", async () => {
  await withDevice(async (device) => {
    const words = ["status", "--dir", device.tls];
    for (const flag of ["--json", "--json=true", "--json=yes"]) {
      assert.equal(JSON.parse((await runCli([...words, flag])).stdout).active.condition, "missing");
    }
    assert.match((await runCli([...words, "--json=false"])).stdout, /^Active pair/);
  });
});

Deno.test("certswap uses colours only on a terminal, and never with NO_COLOR", async () => {
  await withDevice(async (device) => {
    const words = ["status", "--dir", device.tls];
    // deno-lint-ignore no-control-regex
    const escape = /\x1b\[/;
    assert.match((await runCli(words, { isTerminal: true })).stdout, escape);
    assert.doesNotMatch((await runCli(words)).stdout, escape);
    const environment = { NO_COLOR: "1" };
    assert.doesNotMatch((await runCli(words, { isTerminal: true, environment })).stdout, escape);
  });
});

Deno.test("certswap exits with 3 if another process holds the lock for too long", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    const { certificate, key } = device.give("first", first);
    Deno.mkdirSync(join(device.tls, ".certswap"), { mode: 0o700 });
    const lock = denoFileSystem.openLockFile(join(device.tls, ".certswap/cert.pem.lock"), 0o600);
    try {
      assert.ok(lock.tryLock());
      let now = 0;
      const clock = {
        now: () => new Date(testSystem().clock.now().getTime() + now),
        sleep: (milliseconds: number) => Promise.resolve(void (now += milliseconds)),
      };
      const { exit, stderr } = await runCli([
        ...["swap", "--dir", device.tls, "--lock-timeout", "2s"],
        ...["--new-cert", certificate, "--new-key", key],
      ], { system: testSystem({ clock }) });
      assert.equal(exit, 3);
      assert.match(stderr, /Error: another process holds the lock .*\.lock: gave up after 2 s/);
      assert.match(stderr, /Hint: .*--lock-timeout.*fuser -v .*\.lock/);
    } finally {
      lock.close();
    }
  });
});

Deno.test("certswap reports an internal error without a stack, and exits with 4", async () => {
  await withDevice(async (device) => {
    const files = {
      ...denoFileSystem,
      realPath: () => {
        throw new TypeError("boom");
      },
    };
    const words = ["status", "--dir", device.tls];
    const { exit, stderr } = await runCli(words, { system: testSystem({ files }) });
    assert.equal(exit, 4);
    assert.match(stderr, /^Error: internal error: TypeError: boom\n/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
});
