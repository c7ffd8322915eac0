/** `status --check`: one line, and the exit codes of the Monitoring Plugins. */
import assert from "node:assert/strict";
import { checkLine } from "../../../lib/cli/check/line.ts";
import { pairText } from "../../../lib/cli/check/pair_text.ts";
import { denoFileSystem, FileSystemError, join } from "../../../lib/system/mod.ts";
import { type Device, fleet, withDevice } from "../../support/device.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { refusing, runCli, type RunOptions, testSystem } from "../../support/test_world.ts";

const day = 86_400_000;

/** A pair that is valid for 90 days from this time, and due for renewal in the last third. */
const begin = new Date("2026-06-01T00:00:00Z");

const afterDays = (days: number): Date => new Date(begin.getTime() + days * day);

async function withPair(work: (device: Device) => Promise<void>): Promise<void> {
  const { authority } = await fleet();
  const pair = await authority.issue({ notBefore: begin, notAfter: afterDays(90) });
  await withDevice(async (device) => {
    device.activate(pair);
    await work(device);
  });
}

/** The exit code, and the line without its newline. */
async function check(
  words: readonly string[],
  options: RunOptions = {},
): Promise<{ exit: number; line: string }> {
  const { exit, stdout, stderr } = await runCli(["status", "--check", ...words], options);
  assert.equal(stderr, "", "a monitoring system may mix the two streams");
  assert.match(stdout, /^[^\n]*\n$/, "one line");
  return { exit, line: stdout.trimEnd() };
}

const at = (now: Date): RunOptions => ({ system: testSystem({ now }) });

for (
  const [days, exit, text] of [
    [29, 0, /^CERTSWAP OK - \S+ expires in 61 days \| 'time_left'=5270400s;\d+:;\d+:$/],
    [60.9, 0, /^CERTSWAP OK - .* expires in 29 days/],
    [69, 1, /^CERTSWAP WARNING - .* expires in 21 days: renewal overdue since 2026-08-0/],
    [
      85,
      2,
      /^CERTSWAP CRITICAL - .* expires in 5 days: renewal overdue .* \| 'time_left'=432000s;/,
    ],
    [89.99, 2, /^CERTSWAP CRITICAL - .* expires in 14 minutes: /],
    [92, 2, /^CERTSWAP CRITICAL - .* expired 2 days ago \| 'time_left'=-172800s;/],
    [-1, 1, /^CERTSWAP WARNING - .*: not yet valid according to this device's clock/],
  ] as const
) {
  Deno.test(`status --check exits ${exit} for a certificate of 90 days on day ${days}`, async () => {
    await withPair(async (device) => {
      const before = readTree(device.root);
      const found = await check(["--dir", device.tls], at(afterDays(days)));
      assert.match(found.line, text);
      assert.equal(found.exit, exit);
      assert.deepEqual(readTree(device.root), before, "reads only");
    });
  });
}

Deno.test("status --check prints the time left in seconds, with the ranges of its states", async () => {
  const { authority } = await fleet();
  const minutes = (count: number): Date => new Date(begin.getTime() + count * 60_000);
  const pair = await authority.issue({ notBefore: begin, notAfter: minutes(60) });
  await withDevice(async (device) => {
    device.activate(pair);
    const seen = async (count: number): Promise<{ exit: number; data: readonly number[] }> => {
      const { exit, line } = await check(["--dir", device.tls], at(minutes(count)));
      const data = /\| 'time_left'=(-?\d+)s;(\d+):;(\d+):$/.exec(line)?.slice(1).map(Number);
      assert(data !== undefined, line);
      return { exit, data };
    };
    const { data: [left, warning = 0, critical = 0] } = await seen(0);
    assert.equal(left, 3600);
    // The renewal window is a third of the lifetime, less up to a quarter of that.
    assert.ok(critical >= 3600 / 3 * 3 / 4 / 4 - 10 && critical <= 3600 / 3 / 4, String(critical));
    assert.ok(warning > critical * 3 && warning < critical * 4, String(warning));
    // The ranges match the states: just before and just after each limit.
    const end = (seconds: number): number => 60 - seconds / 60;
    assert.equal((await seen(end(warning + 2))).exit, 0);
    assert.equal((await seen(end(warning - 1))).exit, 1);
    assert.equal((await seen(end(critical + 2))).exit, 1);
    assert.equal((await seen(end(critical - 1))).exit, 2);
    assert.deepEqual((await seen(61)).data[0], -60);
  });
});

/** Writes a state file for the pair with these members. */
function putState(device: Device, members: Record<string, unknown>): void {
  const directory = join(device.tls, ".certswap");
  Deno.mkdirSync(directory, { mode: 0o700 });
  const text = typeof members["text"] === "string" ? members["text"] : JSON.stringify(members);
  Deno.writeTextFileSync(join(directory, "cert.pem.state"), text, { mode: 0o600 });
}

const lastFailure = { at: "2026-06-20T00:00:00.000Z", code: "issuer-failed" };
const renewal = {
  attempts: 3,
  lastAttempt: "2026-06-20T00:00:00.000Z",
  nextAttempt: "2026-06-20T01:00:00.000Z",
};
const since = "2026-06-20T00:00:00.000Z";

for (
  const [what, members, exit, text] of [
    [
      "a renewal that fails, although there is time",
      { lastFailure, renewal },
      1,
      /WARNING - \S+: renewal failing since \S+ \(1 failure\): issuer-failed \(expires in 70 days\) \|/,
    ],
    [
      "a hook that is pending",
      { owed: { hook: true, probe: false, since } },
      1,
      /WARNING - \S+: hook pending since 2026-06-20T00:00:00Z \(expires in 70 days\) \|/,
    ],
    [
      "a hook that is pending because it has failed",
      {
        owed: { hook: true, probe: false, since },
        lastFailure: { ...lastFailure, code: "hook-failed", text: "the hook h failed" },
      },
      1,
      /WARNING - \S+: hook failing since 2026-06-20T00:00:00Z \(1 failure\): the hook h failed \(expires in/,
    ],
    [
      "a hook that is pending, and a probe that fails",
      {
        owed: { hook: true, probe: true, since },
        lastFailure: { ...lastFailure, code: "probe-failed", text: "why" },
      },
      1,
      /WARNING - \S+: (?=.*hook pending )(?=.*probe failing since \S+ \(1 failure\): why)(?!.*probe pending)/,
    ],
    [
      "a probe that is pending",
      { owed: { hook: false, probe: true, since } },
      1,
      /WARNING - \S+: probe pending since 2026-06-20T00:00:00Z \(expires in 70 days\) \|/,
    ],
    ["a failure that has been overcome", { lastFailure }, 0, /OK - .* expires in 70 days \|/],
  ] as const
) {
  Deno.test(`status --check exits ${exit} for ${what}`, async () => {
    await withPair(async (device) => {
      putState(device, { version: 1, ...members });
      const found = await check(["--dir", device.tls], at(afterDays(20)));
      assert.match(found.line, text);
      assert.equal(found.exit, exit);
    });
  });
}

Deno.test("status --check is UNKNOWN if the state cannot be read", async () => {
  await withPair(async (device) => {
    putState(device, { text: "{ torn" });
    const { exit, line } = await check(["--dir", device.tls], at(afterDays(20)));
    assert.match(line, /cert\.pem\.state is corrupt/);
    assert.equal(exit, 3);
  });
  await withPair(async (device) => {
    Deno.mkdirSync(join(device.tls, ".certswap/cert.pem.state"), { recursive: true });
    const { exit, line } = await check(["--dir", device.tls], at(afterDays(20)));
    assert.match(line, /cannot read the state file/);
    assert.equal(exit, 3);
  });
});

Deno.test("status --check is CRITICAL for a pair that is missing, broken or unreadable", async () => {
  const { second } = await fleet();
  const cases: readonly [(device: Device) => void, RegExp][] = [
    [({ paths }) => Deno.removeSync(paths.key), /broken: the key is missing/],
    [({ paths }) => Deno.writeTextFileSync(paths.key, second.keyPem), /broken: the key does not/],
    [
      ({ paths }) => (Deno.removeSync(paths.key), Deno.removeSync(paths.certificate)),
      /the active pair is missing/,
    ],
    [({ tls }) => Deno.removeSync(tls, { recursive: true }), /no directory|does not exist/],
    [
      ({ paths }) => (Deno.removeSync(paths.key), Deno.mkdirSync(paths.key)),
      /is a directory/,
    ],
  ];
  for (const [damage, text] of cases) {
    await withPair(async (device) => {
      damage(device);
      const { exit, line } = await check(["--dir", device.tls], at(afterDays(1)));
      assert.match(line, /^CERTSWAP CRITICAL - /);
      assert.match(line, text);
      assert.doesNotMatch(line, /cert\.pem: .*cert\.pem/);
      assert.equal(exit, 2);
    });
  }
});

Deno.test("status --check exits 3 for every error that prevents an answer", async () => {
  await withPair(async ({ tls, paths }) => {
    const lines: readonly (readonly [readonly string[], RegExp])[] = [
      [["--bogus"], /unknown flag --bogus/],
      [["--dir", tls, "--check=banana"], /--check/],
      [["--dir"], /--dir needs a value/],
      [["--dir", tls, "--dir", tls], /--dir is given twice/],
      [["--dir", tls, "more"], /unexpected argument/],
      [["--key", paths.key], /--cert is missing/],
      [["--config", join(tls, "none.toml")], /the configuration .* does not exist/],
      [["--dir", tls, "--metrics", join(tls, "m.prom")], /--metrics/],
    ];
    for (const [words, text] of lines) {
      const { exit, line } = await check(words);
      assert.match(line, /^CERTSWAP UNKNOWN - /);
      assert.match(line, text);
      assert.equal(exit, 3, words.join(" "));
      const json = await runCli(["status", "--check", "--json", ...words]);
      assert.equal(json.exit, 3);
      assert.equal(JSON.parse(json.stdout).state, "unknown");
    }
    const files = refusing(
      denoFileSystem,
      (operation, path) => operation === "open" && path === paths.certificate ? "EIO" : undefined,
    );
    // The directory belongs to the user of the test, so files in it may be opened in two ways.
    const system = testSystem({
      files: {
        ...files,
        openPromptly: (path) =>
          path === paths.certificate
            ? Promise.reject(new FileSystemError("EIO", "open", path))
            : denoFileSystem.openPromptly(path),
      },
    });
    const { exit, line } = await check(["--dir", tls], { system });
    assert.match(line, /^CERTSWAP UNKNOWN - .*input\/output error/);
    assert.equal(exit, 3);
    const lost = await runCli(["status", "--check", "--dir", tls], { outputErrno: "EPIPE" });
    assert.equal(lost.exit, 3);
    assert.equal((await runCli(["status", "--check", "--help"])).exit, 3, "nothing was checked");
  });
});

Deno.test("status --check names every mistake of the configuration with its line", async () => {
  await withPair(async ({ tls }) => {
    const path = join(tls, "certswap.toml");
    Deno.writeTextFileSync(path, `[pair.web]\ndir = "${tls}"\nrenew_befor = "1d"\nkeep_key = 1\n`);
    const { exit, line } = await check(["--config", path]);
    assert.equal(exit, 3);
    assert.ok(
      line.startsWith("CERTSWAP UNKNOWN - the configuration has 2 mistakes: "),
      line,
    );
    assert.ok(line.includes(`${path}:3: unknown key pair.web.renew_befor`), line);
    assert.ok(line.includes(`${path}:4: pair.web.keep_key: expected true or false`), line);
    for (const words of [["rotate"], ["status"], ["config", "check"], ["recover"]]) {
      const { stderr } = await runCli([...words, "--config", path]);
      assert.ok(stderr.includes(`${path}:3: `) && stderr.includes(`${path}:4: `), stderr);
    }
  });
});

Deno.test("no other command line has the exit codes of a check", async () => {
  for (const words of [["status", "--bogus"], ["swap", "--check"], ["status", "--", "--check"]]) {
    assert.equal((await runCli(words)).exit, 2, words.join(" "));
  }
});

Deno.test("status --check tells a user who can read only the certificate what is in it", async () => {
  await withPair(async (device) => {
    putState(device, { version: 1 });
    const forbidden = [device.paths.key, join(device.tls, ".certswap/cert.pem.state")];
    const files = {
      ...denoFileSystem,
      openPromptly: (path: string) =>
        forbidden.includes(path)
          ? Promise.reject(new FileSystemError("EACCES", "open", path))
          : denoFileSystem.openPromptly(path),
    };
    const seen = async (days: number) =>
      await check(["--dir", device.tls], { system: testSystem({ files, now: afterDays(days) }) });
    const early = await seen(29);
    assert.match(
      early.line,
      /^CERTSWAP OK - \S+ expires in 61 days \(key and state not checked: permission denied\) \|/,
    );
    assert.equal(early.exit, 0);
    assert.equal((await seen(85)).exit, 2);
  });
});

Deno.test("status --check of all pairs counts them, and the worst one decides", async () => {
  await withPair(async (device) => {
    const configuration = join(device.root, "certswap.toml");
    const pairs = ["gateway", "web"].map((name) => {
      const dir = join(device.root, name);
      Deno.mkdirSync(dir);
      Deno.copyFileSync(device.paths.certificate, join(dir, "cert.pem"));
      Deno.copyFileSync(device.paths.key, join(dir, "key.pem"));
      return `[pair.${name}]\ndir = "${dir}"\n`;
    });
    Deno.writeTextFileSync(configuration, pairs.join(""), { mode: 0o600 });
    const words = ["--config", configuration];
    const well = await check(words, at(afterDays(29)));
    assert.match(
      well.line,
      /^CERTSWAP OK - 2 pairs, the first to expire is gateway in 61 days \| /,
    );
    assert.match(well.line, / \| 'gateway_time_left'=5270400s;\S+ 'web_time_left'=5270400s;\S+$/);
    assert.equal(well.exit, 0);
    Deno.removeSync(join(device.root, "web/key.pem"));
    const { exit, line } = await check(words, at(afterDays(29)));
    assert.match(
      line,
      /^CERTSWAP CRITICAL - 2 pairs: 1 critical, 1 ok; web: .*key is missing \(expires in 61 days\)/,
    );
    assert.equal(exit, 2);
    const one = await check([...words, "--name", "gateway"], at(afterDays(29)));
    assert.match(
      one.line,
      /^CERTSWAP OK - gateway expires in 61 days \| 'gateway_time_left'=5270400s;/,
    );
    const json = await runCli(["status", "--check", "--json", ...words], at(afterDays(29)));
    assert.equal(json.exit, 2);
    const { state, line: told, pairs: each } = JSON.parse(json.stdout);
    assert.deepEqual([state, told, each[0].state], ["critical", line, "ok"]);
  });
});

Deno.test("a failure's text cannot break the line of a check, and is truncated", () => {
  const failure = {
    at: begin,
    since: begin,
    count: 23,
    code: "issuer-failed",
    text: `the issuer | 'x_time_left'=99\n\x1b[31mfailed ${"a".repeat(5000)}`,
  };
  const check = {
    state: "warning",
    findings: [{ state: "warning", kind: "failing", since: begin, failure }],
    time: undefined,
  } as const;
  const text = pairText({ name: "web", label: "web_time_left", check }, () => assert.fail());
  const line = checkLine("warning", text);
  assert.match(
    line,
    /^CERTSWAP WARNING - web: renewal failing since 2026-06-01T\S+ \(23 failures in a row\): the issuer \/ /,
  );
  const once = {
    ...check,
    findings: [{ ...check.findings[0], failure: { ...failure, count: 1 } }],
  };
  assert.match(
    pairText({ name: "web", label: "web_days_left", check: once }, () => assert.fail()),
    /\(1 failure\): /,
  );
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(line, /[|\n\x1b]/);
  assert.ok(line.length < 400, String(line.length));
});
