/** `certswap rotate` as cron runs it: a real configuration, a real CA, real programs. */
import assert from "node:assert/strict";
import { denoProcesses, join } from "../../../lib/system/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { runCli, testSystem } from "../../support/test_world.ts";

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

/** A device with a CA and two pairs, of which the second one's issuer is given. */
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

Deno.test("certswap rotate gets two pairs and runs the hook, then is silent", async () => {
  const issuer = "cat > $ROOT/mail.csr; exit 75\n";
  await withFleet(issuer, async ({ root, config }) => {
    const first = await runCli(["rotate", ...config, "--name", "web"]);
    assert.equal(first.stderr, "");
    assert.equal(first.exit, 0);
    assert.match(first.stdout, /^Pair web rotated successfully\.\n {2}Subject: +CN=web\.example\n/);
    assert.equal(read(join(root, "hooks")), "web\n");
    const waiting = await runCli(["rotate", ...config]);
    assert.deepEqual(waiting, { exit: 0, stdout: "", stderr: "" });
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

Deno.test("certswap rotate --wait says on a terminal what it waits for, once", async () => {
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
        "^Pair mail: the issuer has not decided yet\\. Waiting for it: Ctrl-C leaves it to a later " +
          "run\\.\n.*Error:.* pair mail: the issuer",
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
    const { exit, stdout, stderr } = await runCli(words, { isTerminal: true });
    assert.deepEqual([exit, stdout], [0, ""]);
    assert.equal(stderr, "Nothing to do: pair watched has no issuer.\n");
  });
});

/** The configuration with the pair first that is to fail. */
function mailFirst(root: string): void {
  const path = join(root, "certswap.toml");
  const [web, mail] = read(path).split("[pair.mail]");
  Deno.writeTextFileSync(path, `[pair.mail]${mail}${web}`);
}

Deno.test("certswap rotate says which pair failed and why, and goes on with the others", async () => {
  const issuer = "echo 'no route to the registration authority' >&2; exit 1\n";
  await withFleet(issuer, async ({ root, config }) => {
    mailFirst(root);
    const run = await runCli(["rotate", ...config]);
    assert.equal(run.exit, 1);
    assert.match(run.stderr, /^Error: pair mail: the issuer \/bin\/sh failed with exit code 1\n/);
    assert.match(
      run.stderr,
      / {2}no route to the registration authority\nHint: The active pair stays\./,
    );
    assert.match(run.stdout, /^Pair web rotated successfully\./);
    const silent = await runCli(["rotate", ...config]);
    assert.deepEqual(silent, { exit: 0, stdout: "", stderr: "" }, "cron is told once an attempt");
    const json = await runCli(["rotate", ...config, "--name", "mail", "--force", "--json"]);
    assert.equal(json.exit, 1);
    const { pairs, errors } = JSON.parse(json.stdout);
    assert.equal(pairs.length, 1);
    assert.equal(pairs[0].outcome, "failed");
    assert.match(pairs[0].nextAttempt, /^2026-06-01T12:/);
    assert.equal(errors[0].code, "issuer-failed");
  });
});

Deno.test("certswap rotate --dry-run says what it would do and why, and changes nothing", async () => {
  await withFleet("exit 1\n", async ({ root, config }) => {
    const before = readTree(root);
    const due = await runCli(["rotate", ...config, "--dry-run"]);
    assert.equal(due.exit, 0);
    assert.equal(
      due.stdout,
      "Pair web: would be renewed now: there is none yet.\n" +
        "Pair mail: would be renewed now: there is none yet.\n",
    );
    assert.deepEqual(readTree(root), before);
    await runCli(["rotate", ...config]);
    const after = await runCli(["rotate", ...config, "--dry-run"]);
    assert.match(after.stdout, /^Pair web: nothing to do before 2026-08-\d\dT\d\d:\d\d:\d\dZ\.\n/);
    assert.match(
      after.stdout,
      /\nPair mail: due \(there is none yet\), but not tried again before 2026-06-01T12:\d\d:\d\dZ\.\n$/,
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

Deno.test("certswap rotate does not believe a clock that stands before its own build", async () => {
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

Deno.test("certswap rotate leaves its metrics, of every pair", async () => {
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

Deno.test("certswap rotate leaves its metrics also if it is stopped, or kept from a pair", async () => {
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

Deno.test("certswap rotate is kept from a pair that another run is rotating, exit 3", async () => {
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

Deno.test("certswap rotate begins no other pair once it was told to stop", async () => {
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
