/** `certswap rotate` as cron runs it: a real configuration, a real CA, real programs. */
import assert from "node:assert/strict";
import {
  denoFileSystem,
  denoProcesses,
  FileSystemError,
  hour,
  join,
} from "../../../lib/system/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { refusing, type Run, runCli, testSystem, testTime } from "../../support/test_world.ts";

const pairs = `[pair.web]
dir = "$ROOT/tls"
subject = "CN=web.example"
issuer = { kind = "local", data_dir = "$ROOT/ca", validity = "90d" }
hook = { command = ["/bin/sh", "-c", "echo $CERTSWAP_NAME >> $ROOT/hooks"] }
[pair.mail]
dir = "$ROOT/mail"
subject = "CN=mail.example"
trust = "$ROOT/ca/ca.crt"
issuer = { kind = "command", command = ["/bin/sh", "$ROOT/issuer.sh"] }
`;

/** A device with a CA and two pairs. The test gives the issuer of the second. */
async function withFleet(
  issuer: string,
  work: (device: { root: string; config: readonly string[] }) => Promise<void>,
): Promise<void> {
  const files = { "certswap.toml": pairs, "issuer.sh": issuer };
  await withConfiguration(files, async ({ root, path }) => {
    await Deno.mkdir(join(root, "mail"));
    const ca = await runCli(["ca", "init", "--data-dir", join(root, "ca"), "--subject", "CN=Lab"]);
    assert.equal(ca.exit, 0);
    await work({ root, config: ["--config", path] });
  });
}

const read = (path: string): string => Deno.readTextFileSync(path);

/** A pair whose CA expires in 30 days and whose CRL has expired. */
const aging = `[pair.web]
dir = "$ROOT/tls"
subject = "CN=web.example"
issuer = { kind = "local", data_dir = "$ROOT/ca", validity = "90d" }
`;

Deno.test("certswap rotate reports warnings of its local issuer, as text and as JSON", async () => {
  await withConfiguration({ "certswap.toml": aging }, async ({ root, path }) => {
    const ca = async (...words: string[]): Promise<void> => {
      const { exit } = await runCli(["ca", ...words, "--data-dir", join(root, "ca")]);
      assert.equal(exit, 0);
    };
    await ca("init", "--subject", "CN=Lab", "--validity", "30");
    await ca("crl", "--next-update", "1");
    const system = testSystem({ now: new Date("2026-06-01T14:00:00Z") });
    const rotate = (...flags: string[]) =>
      runCli(["rotate", "--config", path, "--force", ...flags], { system });
    const printed = await rotate();
    assert.equal(printed.exit, 0);
    assert.match(
      printed.stderr,
      /^Warning: pair web: the certificate is valid only until 2026-07-01T12/m,
    );
    assert.match(
      printed.stderr,
      /^Warning: pair web: the CA's CRL expired on 2026-06-01T13:00:00Z/m,
    );
    const { stdout } = await rotate("--json");
    const { warnings } = JSON.parse(stdout);
    assert.deepEqual(warnings.map(({ code }: { code: string }) => code), [
      "validity-cut",
      "crl-expired",
    ]);
    const { stderr } = await rotate("--log", "json");
    assert.match(stderr, /"validity-cut"/);
  });
});

Deno.test("certswap rotate gets two pairs and runs the hook, then is silent", async () => {
  const issuer = "cat > $ROOT/mail.csr; exit 75\n";
  await withFleet(issuer, async ({ root, config }) => {
    const first = await runCli(["rotate", ...config, "--name", "web"]);
    assert.equal(first.stderr, "");
    assert.equal(first.exit, 0);
    assert.match(first.stdout, /^Pair web rotated successfully\.\n {2}Subject: +CN=web\.example\n/);
    assert.equal(read(join(root, "hooks")), "web\n");
    const waiting = await runCli(["rotate", ...config]);
    assert.deepEqual([waiting.exit, waiting.stdout], [1, ""]);
    assert.equal(
      waiting.stderr,
      "CRITICAL: pair mail: Due, but the issuer is not ready yet. There is NO active pair. " +
        "Every run tries again. Ask the operator of the issuer. " +
        `To try now: certswap rotate ${config.join(" ")} --name mail --force\n`,
    );
    const signed = await runCli([
      "ca",
      "sign",
      join(root, "mail.csr"),
      "--data-dir",
      join(root, "ca"),
    ]);
    assert.equal(signed.exit, 0);
    Deno.writeTextFileSync(join(root, "issuer.sh"), `cat ${root}/ca/certs/03.pem\n`);
    const second = await runCli(["rotate", ...config]);
    assert.match(second.stdout, /^Pair mail rotated successfully\./);
    assert.equal(second.exit, 0);
    const idle = await runCli(["rotate", ...config]);
    assert.deepEqual(idle, { exit: 0, stdout: "", stderr: "" });
    const onTerminal = await runCli(["rotate", ...config], { isTerminal: true });
    assert.match(onTerminal.stderr, /^Nothing to do\. The next pair is due at 2026-/);
    assert.equal(read(join(root, "hooks")), "web\n");
  });
});

Deno.test("certswap rotate --wait prints once on a terminal what it waits for", async () => {
  const issuer = `echo >> $ROOT/asked
[ "$(wc -l < $ROOT/asked)" -lt 3 ] && exit 75
echo 'broken' >&2
exit 1
`;
  await withFleet(issuer, async ({ root, config }) => {
    const words = ["rotate", ...config, "--name", "mail", "--wait"];
    const { exit, stderr } = await runCli(words, { isTerminal: true });
    assert.equal(exit, 1);
    assert.match(
      stderr,
      new RegExp(
        "^Pair mail: waiting for the issuer\\. If you press Ctrl-C, the next run " +
          "asks it again\\.\n.*Error:.* pair mail: the issuer",
      ),
    );
    assert.equal(read(join(root, "asked")), "\n\n\n");
    Deno.removeSync(join(root, "asked"));
    const withoutTerminal = await runCli([...words, "--force"]);
    assert.match(withoutTerminal.stderr, /^Error: pair mail: the issuer/);
  });
});

Deno.test("certswap rotate --name says of a pair without an issuer that it has none", async () => {
  await withFleet("exit 75\n", async ({ root, config }) => {
    const path = join(root, "certswap.toml");
    Deno.writeTextFileSync(path, `${read(path)}[pair.watched]\ndir = "${root}"\n`);
    const words = ["rotate", ...config, "--name", "watched", "--force"];
    for (const isTerminal of [true, false]) {
      const { exit, stdout, stderr } = await runCli(words, { isTerminal });
      assert.deepEqual([exit, stderr], [0, ""]);
      assert.equal(stdout, "Nothing to do: pair watched has no issuer.\n");
    }
  });
});

/** The configuration with the failing pair first. */
function mailFirst(root: string): void {
  const path = join(root, "certswap.toml");
  const [web, mail] = read(path).split("[pair.mail]");
  Deno.writeTextFileSync(path, `[pair.mail]${mail}${web}`);
}

Deno.test("certswap rotate reports which pair failed and why, and continues with the others", async () => {
  const issuer = "echo 'no route to the registration authority' >&2; exit 1\n";
  await withFleet(issuer, async ({ root, config }) => {
    mailFirst(root);
    const run = await runCli(["rotate", ...config]);
    assert.equal(run.exit, 1);
    assert.match(run.stderr, /^Error: pair mail: the issuer \/bin\/sh failed with exit code 1\n/);
    assert.match(
      run.stderr,
      / {2}no route to the registration authority\nHint: Nothing was changed\./,
    );
    assert.match(run.stdout, /^Pair web rotated successfully\./);
    const waits = await runCli(["rotate", ...config]);
    assert.deepEqual([waits.exit, waits.stdout], [1, ""], "a run that only waits says so");
    assert.match(
      waits.stderr,
      new RegExp(
        "^CRITICAL: pair mail: FAILING since 2026-06-01T12:00:00Z \\(1 failure\\): the issuer /bin/sh " +
          "failed with exit code 1\\. There is NO active pair\\. " +
          "Next attempt: the first run after 2026-06-01T12:\\d\\d:\\d\\dZ, " +
          "in \\d+ minutes\\. Fix the cause\\. " +
          "To try now: certswap rotate --config \\S+ --name mail --force\n$",
      ),
    );
    const state = read(join(root, "mail/.certswap/cert.pem.state"));
    assert.doesNotMatch(state, /no route/, "what programs print may contain secrets");
    const status = await runCli(["status", ...config, "--name", "mail"]);
    assert.match(
      status.stdout,
      /^Renewal FAILING since 2026-06-01T12:00:00Z \(1 failure\): the issuer \S+ failed with exit code 1$/m,
    );
    const json = await runCli(["rotate", ...config, "--name", "mail", "--force", "--json"]);
    assert.equal(json.exit, 1);
    const { pairs, errors } = JSON.parse(json.stdout);
    assert.equal(pairs.length, 1);
    assert.equal(pairs[0].outcome, "failed");
    assert.match(pairs[0].nextAttempt, /^2026-06-01T12:/);
    assert.equal(errors[0].code, "issuer-failed");
  });
});

Deno.test("certswap rotate --dry-run prints what it would do and why, and changes nothing", async () => {
  await withFleet("exit 1\n", async ({ root, config }) => {
    const before = readTree(root);
    const due = await runCli(["rotate", ...config, "--dry-run"]);
    assert.equal(due.exit, 0);
    assert.equal(
      due.stdout,
      "Pair web: would be renewed now: it does not exist yet.\n" +
        "Pair mail: would be renewed now: it does not exist yet.\n",
    );
    assert.deepEqual(readTree(root), before);
    await runCli(["rotate", ...config]);
    const after = await runCli(["rotate", ...config, "--dry-run"]);
    assert.match(
      after.stdout,
      /^Pair web: nothing to do before 2026-08-\d\dT\S+Z, in \d\d days\.\n/,
    );
    assert.match(
      after.stdout,
      new RegExp(
        "\\nPair mail: due \\(it does not exist yet\\), but the next attempt is the first run after " +
          "\\S+Z, in \\d\\d minutes\\.\\n$",
      ),
    );
    const { pairs } = JSON.parse(
      (await runCli(["rotate", ...config, "--dry-run", "--json"])).stdout,
    );
    assert.deepEqual(pairs.map(({ decision }: { decision: string }) => decision), [
      "nothing",
      "wait",
    ]);
  });
});

Deno.test("certswap rotate does not accept a clock before its own build", async () => {
  await withFleet("exit 1\n", async ({ root, config }) => {
    const words = ["rotate", ...config, "--name", "web"];
    await runCli(words);
    const path = join(root, "tls/.certswap/cert.pem.state");
    const { latestTime, ...state } = JSON.parse(read(path));
    const timeNotedBy = async (date: string): Promise<unknown> => {
      Deno.writeTextFileSync(path, JSON.stringify(state));
      assert.equal((await runCli(words, { build: { kind: "self-contained", date } })).exit, 0);
      return JSON.parse(read(path)).latestTime;
    };
    assert.equal(await timeNotedBy("2026-06-02T00:00:00Z"), undefined);
    assert.equal(await timeNotedBy("2026-05-31T00:00:00Z"), latestTime);
  });
});

Deno.test("certswap rotate writes metrics of every pair", async () => {
  await withFleet("exit 1\n", async ({ root, config }) => {
    const metrics = join(root, "certswap.prom");
    await runCli(["rotate", ...config, "--name", "web", "--metrics", metrics]);
    const text = read(metrics);
    assert.match(text, /^certswap_pair_usable\{pair="web"\} 1$/m);
    assert.match(text, /^certswap_pair_usable\{pair="mail"\} 0$/m);
    assert.match(text, /^certswap_last_success_timestamp_seconds\{pair="web"\} 1780315200$/m);
    assert.match(text, /^certswap_last_run_exit_code\{pair="web"\} 0$/m);
    assert.doesNotMatch(text, /last_run\w*\{pair="mail"\}/, "mail was not rotated");
    await runCli(["rotate", ...config, "--metrics", metrics]);
    const failed = read(metrics);
    assert.match(failed, /^certswap_failures_total\{pair="mail"\} 1$/m);
    assert.match(failed, /^certswap_failing_since_timestamp_seconds\{pair="mail"\} 1780315200$/m);
    assert.match(failed, /^certswap_last_run_exit_code\{pair="mail"\} 1$/m);
    assert.match(failed, /^certswap_urgency\{pair="mail"\} 3$/m);
  });
});

Deno.test("certswap rotate also writes metrics if it is stopped, or a pair is locked", async () => {
  await withFleet("exit 1\n", async ({ root, config }) => {
    mailFirst(root);
    const metrics = join(root, "certswap.prom");
    const words = ["rotate", ...config, "--metrics", metrics, "--lock-timeout", "0s"];
    let meanwhile = "";
    const processes = {
      ...denoProcesses,
      onTermination: () => () => {},
      run: async () => {
        await runCli([...words, "--name", "mail", "--force"]);
        meanwhile = read(metrics);
        return {
          end: { kind: "interrupted", signal: "SIGTERM" } as const,
          output: new Uint8Array(),
          errorOutput: new Uint8Array(),
        };
      },
    };
    await runCli(words, { system: testSystem({ processes }) });
    assert.match(meanwhile, /^certswap_last_run_exit_code\{pair="mail"\} 3$/m);
    const stopped = read(metrics);
    assert.match(stopped, /^certswap_last_run_exit_code\{pair="mail"\} 1$/m);
    assert.doesNotMatch(stopped, /last_run\w*\{pair="web"\}/, "it was never begun");
  });
});

Deno.test("certswap rotate exits 3 if another run is rotating the pair", async () => {
  await withFleet("exit 1\n", async ({ config }) => {
    let second: Awaited<ReturnType<typeof runCli>> | undefined;
    const processes = {
      ...denoProcesses,
      onTermination: () => () => {},
      run: async (options: Parameters<typeof denoProcesses.run>[0]) => {
        if (second === undefined) {
          const words = ["rotate", ...config, "--name", "mail", "--force", "--lock-timeout", "0s"];
          second = await runCli(words);
        }
        return await denoProcesses.run(options);
      },
    };
    await runCli(["rotate", ...config, "--name", "mail"], { system: testSystem({ processes }) });
    assert.equal(second?.exit, 3);
    assert.match(second?.stderr ?? "", /^Error: pair mail: .*another certswap/);
  });
});

Deno.test("certswap rotate starts no other pair after it was told to stop", async () => {
  await withFleet("exit 1\n", async ({ root, config }) => {
    mailFirst(root);
    const processes = {
      ...denoProcesses,
      onTermination: () => () => {},
      run: () =>
        Promise.resolve({
          end: { kind: "interrupted", signal: "SIGTERM" } as const,
          output: new Uint8Array(),
          errorOutput: new Uint8Array(),
        }),
    };
    const run = await runCli(["rotate", ...config], { system: testSystem({ processes }) });
    assert.equal(run.exit, 1);
    assert.match(run.stderr, /^Error: pair mail: stopped by SIGTERM/);
    assert.equal(run.stdout, "");
  });
});

/** A run at a time in hours from the start. */
async function runAt(hours: number, words: readonly string[], doors = {}): Promise<Run> {
  const now = new Date(testTime.getTime() + hours * hour);
  return await runCli(words, { system: testSystem({ now, ...doors }) });
}

Deno.test("certswap rotate --quiet-for repeats an unchanged line daily, with its exit code", async () => {
  await withFleet("exit 1\n", async ({ root, config }) => {
    const words = ["rotate", ...config, "--name", "mail", "--quiet-for", "24h"];
    const spoken: number[] = [];
    for (let hours = 0; hours < 60; hours++) {
      const { exit, stdout, stderr } = await runAt(hours, words);
      assert.deepEqual([exit, stdout], [1, ""]);
      if (stderr === "") continue;
      assert.match(stderr, /CRITICAL: pair mail: FAILING/);
      spoken.push(hours);
    }
    assert.deepEqual(spoken, [0, 24, 48]);
    const json = await runAt(60, [...words, "--json"]);
    assert.equal(json.stderr, "");
    assert.equal(JSON.parse(json.stdout).pairs[0].attention.urgency, "critical");
    Deno.writeTextFileSync(join(root, "issuer.sh"), "exit 2\n");
    const other = await runAt(61, words);
    assert.match(other.stderr, /CRITICAL: pair mail: .*exit code 2\./, "another error is told");
    assert.equal((await runAt(62, words)).stderr, "");
    const { stderr } = await runAt(63, ["rotate", ...config, "--quiet-for", "24h"]);
    assert.doesNotMatch(stderr, /mail/);
    const without = await runAt(63, ["rotate", ...config, "--name", "mail"]);
    assert.match(without.stderr, /^CRITICAL: pair mail/);
  });
});

Deno.test("certswap rotate --quiet-for reports what is worse, new or back again", async () => {
  const day = 24;
  await withFleet("exit 1\n", async ({ root, config }) => {
    await runAt(0, ["rotate", ...config, "--name", "web"]);
    await Deno.rename(join(root, "ca"), join(root, "gone"));
    const words = ["rotate", ...config, "--name", "web", "--quiet-for", "60d"];
    const said: string[] = [];
    for (let days = 55; days < 95; days++) {
      const { exit, stderr } = await runAt(days * day, words);
      const [urgency] = /^(?:NOTICE|WARNING|CRITICAL)/m.exec(stderr) ?? [];
      if (urgency !== undefined) said.push(urgency);
      assert.ok(said.length === 0 ? exit === 0 : exit === 1, `day ${days}: ${stderr}`);
    }
    // And again after it has expired.
    assert.deepEqual(said, ["NOTICE", "WARNING", "CRITICAL", "CRITICAL"]);
    const both = await runAt(95 * day, ["rotate", ...config, "--quiet-for", "60d"]);
    assert.match(both.stderr, /^CRITICAL: pair mail/m);
    assert.doesNotMatch(both.stderr, /pair web/);
    await Deno.rename(join(root, "gone"), join(root, "ca"));
    const repaired = await runAt(95 * day + 1, words);
    assert.deepEqual([repaired.exit, repaired.stderr], [0, ""]);
    await Deno.remove(join(root, "tls/key.pem"));
    await Deno.rename(join(root, "ca"), join(root, "gone"));
    const again = await runAt(95 * day + 2, words);
    assert.match(again.stderr, /^CRITICAL: pair web/m);
  });
});

/** A pair whose service accepts only the first certificate. */
const stubborn = `[pair.web]
dir = "$ROOT/tls"
subject = "CN=web.example"
issuer = { kind = "local", data_dir = "$ROOT/ca", validity = "90d" }
probe = { command = ["/bin/sh", "$ROOT/probe.sh"], deadline = "10s" }
`;

Deno.test("certswap rotate --quiet-for is quiet about attempts that the service refuses again", async () => {
  const files = { "certswap.toml": stubborn, "probe.sh": "" };
  await withConfiguration(files, async ({ root, path }) => {
    const good = join(root, "good");
    Deno.writeTextFileSync(
      join(root, "probe.sh"),
      `[ -e ${good} ] || echo "$CERTSWAP_SERIAL" > ${good}\n` +
        `[ "$(cat ${good})" = "$CERTSWAP_SERIAL" ]\n`,
    );
    const ca = ["ca", "init", "--data-dir", join(root, "ca"), "--subject", "CN=Lab"];
    assert.equal((await runCli(ca)).exit, 0);
    const words = ["rotate", "--config", path, "--quiet-for", "24h"];
    assert.equal((await runAt(0, words)).exit, 0);
    const begun = 70 * 24;
    // A later run accepts a clock that jumped ahead.
    await runAt(begun - 1, ["rotate", "--config", path]);
    const spoken: number[] = [];
    let refused = 0;
    for (let hours = 0; hours < 40; hours++) {
      const { exit, stdout, stderr } = await runAt(begun + hours, words);
      assert.equal(exit, 1, stderr);
      assert.ok(stdout === "" || stderr !== "", stdout);
      if (stderr !== "") spoken.push(hours);
      const { totals } = JSON.parse(read(join(root, "tls/.certswap/cert.pem.state")));
      refused = totals.failures;
    }
    assert.deepEqual(spoken, [0, 24]);
    assert.ok(refused > 4, `${refused} attempts were refused`);
  });
});

Deno.test("certswap rotate --quiet-for recognizes an error that differs only in numbers", async () => {
  await withFleet("exit 1\n", async ({ root, config }) => {
    const words = ["rotate", ...config, "--name", "mail", "--quiet-for", "24h"];
    const answer = join(root, "answer.pem");
    Deno.writeTextFileSync(join(root, "issuer.sh"), `cat ${answer}\n`);
    const said: string[] = [];
    const texts = new Set<string>();
    for (let hours = 0; hours < 20; hours++) {
      // Each time another line is malformed.
      const pem = "-----BEGIN CERTIFICATE-----\nProc-Type: 4\n-----END CERTIFICATE-----\n";
      Deno.writeTextFileSync(answer, "a comment\n".repeat(hours) + pem);
      const { exit, stderr } = await runAt(hours, words);
      assert.equal(exit, 1);
      if (stderr !== "") said.push(stderr);
      const { lastFailure } = JSON.parse(read(join(root, "mail/.certswap/cert.pem.state")));
      texts.add(lastFailure.text);
    }
    assert.ok(texts.size > 10, "the text was the same each time");
    assert.match(said.join(""), /CRITICAL: pair mail: FAILING .*malformed PEM in line 2/);
    assert.equal(said.length, 1);
  });
});

Deno.test("certswap rotate --quiet-for reports that the certificate has expired or is missing", async () => {
  await withFleet("exit 1\n", async ({ root, config }) => {
    await runAt(0, ["rotate", ...config, "--name", "web"]);
    await Deno.rename(join(root, "ca"), join(root, "gone"));
    await runAt(89 * 24 - 1, ["rotate", ...config, "--name", "web"]);
    const words = ["rotate", ...config, "--name", "web", "--quiet-for", "60d"];
    const said: string[] = [];
    const run = async (hours: number): Promise<void> => {
      const { stderr } = await runAt(hours, words);
      const [line] = /^CRITICAL.*$/m.exec(stderr) ?? [];
      if (line !== undefined) said.push(/expires|EXPIRED|NO active/.exec(line)?.[0] ?? line);
    };
    for (const hours of [89 * 24, 89 * 24 + 1, 91 * 24, 91 * 24 + 1]) await run(hours);
    await Deno.remove(join(root, "tls/key.pem"));
    await Deno.remove(join(root, "tls/cert.pem"));
    for (const hours of [91 * 24 + 2, 91 * 24 + 3]) await run(hours);
    assert.deepEqual(said, ["expires", "EXPIRED", "NO active"]);
  });
});

Deno.test("certswap rotate --quiet-for prints the line if its time cannot be stored", async () => {
  await withFleet("exit 1\n", async ({ root, config }) => {
    const words = ["rotate", ...config, "--name", "mail", "--quiet-for", "24h"];
    await runAt(0, ["rotate", ...config, "--name", "mail"]);
    const isState = (path: string): boolean => path.startsWith(join(root, "mail/.certswap"));
    const files = refusing(
      denoFileSystem,
      (operation, path) => operation === "create" && isState(path) ? "EROFS" : undefined,
    );
    for (const minutes of [1, 2, 3]) {
      const { exit, stderr } = await runAt(minutes / 60, words, { files });
      assert.equal(exit, 1);
      assert.match(stderr, /^Error: pair mail: cannot write the state of the pair, .*read-only/);
      assert.match(
        stderr,
        /^CRITICAL: pair mail: FAILING since 2026-06-01T12:00:00Z \(at least 2 failures.*: cannot write/m,
      );
    }
  });
});

Deno.test("certswap rotate reports a read-only disk in the next run, even if nothing is due", async () => {
  await withFleet("exit 1\n", async ({ root, config }) => {
    const words = ["rotate", ...config, "--name", "web"];
    await runAt(0, words);
    const files = refusing(
      denoFileSystem,
      (operation, path) =>
        operation === "create" && path.startsWith(join(root, "tls/")) ? "EROFS" : undefined,
    );
    const { exit, stderr } = await runAt(1, words, { files });
    assert.equal(exit, 1);
    assert.match(stderr, /^Error: pair web: cannot write the state of the pair, .*read-only/);
    assert.match(
      stderr,
      /^NOTICE: pair web: FAILING \(the state was last written at 2026-06-01T12:00:00Z\): cannot write /m,
    );
    const line = /^NOTICE: .*$/m.exec(stderr)?.[0] ?? "";
    assert.match(
      line,
      /\. The certificate expires at 2026-08-\d\dT.*, in 89 days\. Every run tries again\. /,
    );
    assert.match(line, new RegExp(`\\. Make ${join(root, "tls/.certswap")} writable: `));
    assert.doesNotMatch(line, /--force/);
    assert.deepEqual(await runAt(2, words), { exit: 0, stdout: "", stderr: "" });
  });
});

Deno.test("certswap rotate --force says what came of it, also if the issuer is not ready", async () => {
  await withFleet("exit 0\n", async ({ root, config }) => {
    const words = ["rotate", ...config, "--name", "mail"];
    const issuer = join(root, "issuer.sh");
    const sign = `cat > ${root}/in.csr\n`;
    await Deno.writeTextFile(issuer, `${sign}exit 75\n`);
    const first = await runAt(0, [...words, "--force"]);
    assert.equal(first.exit, 1, "a pair that does not exist yet");
    assert.match(first.stderr, /^CRITICAL: pair mail: Due, but the issuer is not ready yet\. /m);
    const web = ["rotate", ...config, "--name", "web"];
    await runAt(0, web);
    const text = (await Deno.readTextFile(join(root, "certswap.toml")))
      .replace(
        /issuer = \{ kind = "local".*/,
        `trust = "${root}/ca/ca.crt"\n` +
          `issuer = { kind = "command", command = ["/bin/sh", "${issuer}"] }`,
      );
    await Deno.writeTextFile(join(root, "certswap.toml"), text);
    const forced = await runAt(1, [...web, "--force"]);
    assert.deepEqual([forced.exit, forced.stderr], [0, ""]);
    const [asked, command] = forced.stdout.split(". To ask now: ");
    assert.match(
      asked ?? "",
      new RegExp(
        "^Pair web: the issuer is not ready, and the pair is not due yet\\. certswap asks again when it " +
          "is due, at 2026-\\S+, in \\d+ days$",
      ),
    );
    assert.equal(command, `certswap rotate ${config.join(" ")} --name web --force\n`);
    await Deno.writeTextFile(join(root, "certswap.toml"), text.replaceAll(/issuer = .*/g, ""));
    assert.match(
      (await runAt(1, [...web, "--force"])).stdout,
      /^Nothing to do: pair web has no issuer\.\n$/,
    );
  });
});

Deno.test("certswap rotate reports no problem after a failed --force, then is silent", async () => {
  await withFleet("exit 1\n", async ({ root, config }) => {
    const words = ["rotate", ...config, "--name", "web"];
    await runAt(0, words);
    await Deno.rename(join(root, "ca"), join(root, "gone"));
    const forced = await runAt(1, [...words, "--force"]);
    assert.equal(forced.exit, 1);
    assert.match(forced.stderr, /^Error: pair web: /);
    assert.match(
      forced.stderr,
      /^Pair web: the active pair will be renewed when it is due, at 2026-\S+Z, in \d\d days\. /m,
    );
    const status = await runAt(1, ["status", ...config, "--name", "web"]);
    assert.doesNotMatch(status.stdout, /under way|FAILING/);
    assert.match(status.stdout, /Last failure: +2026-06-01T13:00:00Z/);
    assert.deepEqual(await runAt(2, words), { exit: 0, stdout: "", stderr: "" });
  });
});

/** A pair whose service keeps using the certificate in the file `first`. */
const keepsTheFirst = `[pair.web]
dir = "$ROOT/tls"
subject = "CN=web.example"
issuer = { kind = "local", data_dir = "$ROOT/ca", validity = "90d" }
probe = { command = ["/bin/sh", "$ROOT/probe.sh"], deadline = "500ms" }
`;

Deno.test("certswap rotate and status show when a rejected pair is tried again", async () => {
  const files = {
    "certswap.toml": keepsTheFirst,
    "probe.sh": '[ -e $ROOT/first ] || exit 0; cmp -s "$CERTSWAP_CERT" $ROOT/first || exit 1',
  };
  await withConfiguration(files, async ({ root, path }) => {
    await runCli(["ca", "init", "--data-dir", join(root, "ca"), "--subject", "CN=Lab"]);
    const config = ["--config", path, "--name", "web"];
    assert.equal((await runAt(0, ["rotate", ...config])).exit, 0);
    Deno.copyFileSync(join(root, "tls/cert.pem"), join(root, "first"));
    const { exit, stderr } = await runAt(1, ["rotate", ...config, "--force"]);
    assert.equal(exit, 1);
    const [, due] = new RegExp(
      "^NOTICE: pair web: FAILING since 2026-06-01T13:.* The new pair is kept; next attempt: the " +
        "first run after (2026-\\S+Z), in \\d\\d days\\. .*\\. To try it now: " +
        "certswap rotate --config \\S+ --name web --force$",
      "m",
    ).exec(stderr) ?? [];
    assert.notEqual(due, undefined, stderr);
    assert.doesNotMatch(stderr, /later/);
    const kept = new RegExp(
      "the pending pair has been kept since 2026-06-01T13:\\S+ \\(refused by the service\\); " +
        `next attempt: the first run after ${due}, in \\d\\d days`,
      "i",
    );
    const status = ["status", "--config", path];
    assert.match((await runAt(2, status)).stdout, kept);
    const { stdout } = await runAt(2, ["status", ...config]);
    assert.match(stdout, kept);
    assert.match(
      stdout.replace(/\s+/g, " "),
      /To try it now: certswap rotate --config \S+ --name web --force/,
    );
    const { pairs } = JSON.parse((await runAt(2, [...status, "--json"])).stdout);
    assert.match(pairs[0].kept.since, /^2026-06-01T13:/);
    assert.deepEqual(
      [pairs[0].kept.reason, pairs[0].kept.refusals, pairs[0].kept.nextAttempt],
      ["refused", 1, due],
    );
    assert.equal(pairs[0].renewal, undefined);
    const check = await runAt(2, [...status, "--check"]);
    assert.equal(check.exit, 1);
    assert.match(check.stdout, kept);
    const next = await runAt(3, ["rotate", ...config]);
    assert.deepEqual([next.exit, next.stdout], [1, ""], "reported for as long as it is kept");
    assert.match(
      next.stderr,
      new RegExp(`^NOTICE: .* next attempt: the first run after ${due}, [^\\n]*\\n$`),
    );
  });
});

Deno.test("certswap rotate is never silent about a dead issuer, and recovers within the hour", async () => {
  await withFleet("exit 1\n", async ({ root, config }) => {
    const path = join(root, "certswap.toml");
    Deno.writeTextFileSync(path, read(path).replace('validity = "90d"', 'validity = "30d"'));
    const words = ["rotate", ...config, "--name", "web"];
    await runAt(0, words);
    await Deno.rename(join(root, "ca"), join(root, "gone"));
    const lines: string[] = [];
    for (let hours = 1; hours <= 31 * 24; hours++) {
      const { exit, stdout, stderr } = await runAt(hours, words);
      const [line] = /^(?:NOTICE|WARNING|CRITICAL): .*$/m.exec(stderr) ?? [];
      if (line === undefined && lines.length === 0) {
        assert.deepEqual({ exit, stdout, stderr }, { exit: 0, stdout: "", stderr: "" });
        continue;
      }
      assert.ok(exit === 1 && line !== undefined, `hour ${hours} is silent`);
      lines.push(line);
    }
    assert.ok(lines.length > 7 * 24 && lines.length < 12 * 24, `${lines.length} runs`);
    const urgencies = lines.map((line) => line.split(":")[0]);
    assert.deepEqual([...new Set(urgencies)], ["NOTICE", "WARNING", "CRITICAL"]);
    assert.equal(new Set(lines).size > 20, true, "the days that are left are counted");
    assert.match(
      lines.at(-1) ?? "",
      /EXPIRED at 2026-07-01T.*, 1 day ago\. Next attempt: the first run after .*, in \d+ minutes\. /,
    );
    await Deno.rename(join(root, "gone"), join(root, "ca"));
    const renewed = await runAt(31 * 24 + 1, words);
    assert.deepEqual([renewed.exit, renewed.stderr], [0, ""]);
    assert.match(renewed.stdout, /^Pair web rotated successfully\./);
  });
});

/** Programs that fail, with an argument that should not be one. */
const careless: Readonly<Record<string, string>> = {
  "a hook": `hook = { command = ["/bin/false", "--token", "s3cr3t-value"] }`,
  "one of several hooks":
    `hook = [{ command = ["/bin/false", "s3cr3t-value"] }, { command = ["/bin/true"] }]`,
  "a shared hook": `hook = "shared"\n[hook.shared]\ncommand = ["/bin/false", "s3cr3t-value"]`,
  "a probe that cannot tell":
    `probe = { command = ["/bin/sh", "-c", "exit 75 # s3cr3t-value"], deadline = "100ms" }`,
  "a probe that says no":
    `probe = { command = ["/bin/sh", "-c", "exit 1 # s3cr3t-value"], deadline = "100ms" }`,
};

for (const [what, table] of Object.entries(careless)) {
  Deno.test(`the arguments of ${what} are in nothing that other users may read`, async () => {
    const text = `metrics = "$ROOT/certswap.prom"\n${aging}${table}\n`;
    await withConfiguration({ "certswap.toml": text }, async ({ root, path }) => {
      await runCli(["ca", "init", "--data-dir", join(root, "ca"), "--subject", "CN=Lab"]);
      const { stderr, exit } = await runCli(["rotate", "--config", path]);
      assert.notEqual(exit, 0);
      const attention = stderr.split("\n").filter((line) => /^(NOTICE|WARNING|CRIT)/.test(line));
      assert.doesNotMatch(attention.join(), /s3cr3t/);
      const stateFile = join(root, "tls/.certswap/cert.pem.state");
      const state = JSON.parse(read(stateFile).replace(/\nsha256 .*\n$/, ""));
      assert.match(state.lastFailure.text, /\/bin\/(false|sh)|active again/);
      assert.doesNotMatch(state.lastFailure.text, /s3cr3t/);
      assert.equal((Deno.statSync(stateFile).mode ?? 0) & 0o777, 0o600);
      assert.doesNotMatch(read(join(root, "certswap.prom")), /s3cr3t/);
      for (const words of [["--check"], ["--check", "--json"], [], ["--json"]]) {
        const seen = await runCli(["status", ...words, "--config", path]);
        assert.match(seen.stdout, /failing|lastFailure|pending/i);
        assert.doesNotMatch(seen.stdout + seen.stderr, /s3cr3t/);
      }
    });
  });
}

Deno.test("rotate of a pair that this user may not read says who has to run it, not to renew", async () => {
  await withFleet("exit 75\n", async ({ root, config }) => {
    assert.equal((await runCli(["rotate", ...config, "--name", "web"])).exit, 0);
    const forbidden = join(root, "tls/.certswap");
    const files = refusing(
      denoFileSystem,
      (_operation, path) =>
        path.startsWith(forbidden) || path.endsWith("key.pem") ? "EACCES" : undefined,
    );
    const readDirectory = (path: string) => {
      if (path === forbidden) throw new FileSystemError("EACCES", "readdir", path);
      return denoFileSystem.readDirectory(path);
    };
    const system = testSystem({ files: { ...files, readDirectory } });
    const { exit, stderr } = await runCli(["rotate", ...config, "--name", "web"], { system });
    assert.equal(exit, 1);
    assert.match(stderr, /permission denied/);
    assert.match(
      stderr,
      /Run certswap as root, or as the owner of the pair \(certswap install systemd/,
    );
    assert.doesNotMatch(stderr, /--force|could not be read/);
  });
});
