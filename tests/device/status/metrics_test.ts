import assert from "node:assert/strict";
import { ConfiguredPairError } from "../../../lib/device/configuration/mod.ts";
import type { IssuerConfiguration } from "../../../lib/device/issuer/mod.ts";
import { UnreadableStateError } from "../../../lib/device/errors.ts";
import type { PairState } from "../../../lib/device/pair/state.ts";
import {
  type MeasuredPair,
  measurePairs,
  type PairRun,
} from "../../../lib/device/status/measure.ts";
import { formatMetrics, writeMetrics } from "../../../lib/device/status/metrics.ts";
import { type ConfiguredStatus, readStatus } from "../../../lib/device/status/status.ts";
import {
  denoFileSystem,
  FileSystemError,
  join,
  WrongFileKindError,
} from "../../../lib/system/mod.ts";
import { readCertificateFile } from "../../../lib/x509/mod.ts";
import { fleet, withDevice } from "../../support/device.ts";
import { makeAuthority } from "../../support/pairs.ts";
import { configured } from "../../support/rotation_world.ts";
import { refusing, runCli, testSystem, testTime, withUmask } from "../../support/test_world.ts";

const at = new Date("2026-05-01T00:00:00.500Z");

const none: ReadonlyMap<string, PairRun> = new Map();

/** A pair with a lifetime of one year, and this state. */
async function statusOf(name: string, state: Partial<PairState> = {}): Promise<ConfiguredStatus> {
  const { first } = await fleet();
  const found: ConfiguredStatus[] = [];
  await withDevice(async (device) => {
    device.activate(first);
    const status = await readStatus(testSystem(), device.paths);
    const configuration = { ...configured, name };
    found.push({ name, configuration, status: { ...status, state: { ...state, other: {} } } });
  });
  const [pair] = found;
  assert(pair !== undefined);
  return pair;
}

/** A pair that could not be examined. */
function unseen(name: string): ConfiguredStatus {
  const error = new ConfiguredPairError(name, { cause: new Error() });
  return { name, configuration: { ...configured, name }, error };
}

async function measured(
  pairs: readonly ConfiguredStatus[],
  runs = none,
): Promise<readonly MeasuredPair[]> {
  return await measurePairs(testSystem(), pairs, runs);
}

/** The samples of one pair, without the prefix and the label. */
function samplesOf(pair: string, text: string): Record<string, number> {
  const label = `{pair="${pair}"}`;
  return Object.fromEntries(
    [...parse(text)].filter(([series]) => series.endsWith(label))
      .map(([series, value]) => [series.slice("certswap_".length, -label.length), value]),
  );
}

/** The samples by name and labels. Asserts that the text follows the Prometheus format. */
function parse(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  let family = "";
  const seen = new Set<string>();
  for (const line of text.split("\n").slice(0, -1)) {
    const declared = /^# (?<what>HELP|TYPE) (?<name>[a-z_]+) (?<rest>.+)$/.exec(line)?.groups;
    if (declared?.["what"] === "HELP") {
      family = declared["name"] ?? "";
      assert(!seen.has(family), `${family} appears twice`);
      seen.add(family);
    } else if (declared !== undefined) {
      assert.equal(declared["name"], family, "TYPE follows HELP");
      assert.match(declared["rest"] ?? "", /^(gauge|counter)$/);
      if (family.endsWith("_total")) assert.equal(declared["rest"], "counter");
    } else {
      const sample =
        /^(?<name>[a-z_]+)(?<labels>\{pair="(?:[^"\\\n]|\\["\\n])*"\}) (?<value>-?[\d.]+)$/
          .exec(line)?.groups;
      assert(sample !== undefined, `not a sample: ${line}`);
      assert.equal(sample["name"], family, "samples follow their own TYPE");
      samples.set(`${family}${sample["labels"]}`, Number(sample["value"]));
    }
  }
  assert(text === "" || text.endsWith("\n"), "the last line ends with a line feed");
  return samples;
}

Deno.test("formatMetrics() writes every sample of every pair", async () => {
  const since = new Date("2026-04-30T00:00:00Z");
  const text = formatMetrics(
    await measured(
      [
        await statusOf("web", {
          lastChange: { at, by: "rollback", fingerprint: "00" },
          lastSuccess: at,
          lastFailure: { at, code: "x", since, count: 4 },
          totals: { attempts: 7, failures: 2 },
          renewal: { attempts: 2, lastAttempt: at, nextAttempt: at },
          owed: { hook: true, probe: false, since, fingerprint: "00" },
        }),
        await statusOf("mqtt"),
        unseen("gone"),
      ],
      new Map([["web", {
        at,
        exitCode: 5,
        warnings: 2,
        urgency: "warning",
        isStateUnwritable: true,
      }]]),
    ),
  );
  const certificate = {
    "certificate_not_before_timestamp_seconds": 1767225600,
    "certificate_not_after_timestamp_seconds": 1798761600,
    // The intermediate expires later.
    "chain_not_after_timestamp_seconds": 1798761600,
  };
  const { "renewal_timestamp_seconds": renewal = 0, ...web } = samplesOf("web", text);
  const life = 1798761600 - 1767225600;
  assert(renewal >= 1798761600 - life / 3 && renewal < 1798761600 - life / 4, `${renewal}`);
  assert.deepEqual(web, {
    ...certificate,
    pair_usable: 1,
    // As the run judged it.
    urgency: 2,
    "last_change_timestamp_seconds": 1777593600.5,
    restored: 1,
    "last_success_timestamp_seconds": 1777593600.5,
    "last_failure_timestamp_seconds": 1777593600.5,
    "failing_since_timestamp_seconds": since.getTime() / 1000,
    consecutive_failures: 4,
    attempts_total: 7,
    failures_total: 2,
    "next_attempt_timestamp_seconds": 1777593600.5,
    hook_owed: 1,
    probe_owed: 0,
    "owed_since_timestamp_seconds": since.getTime() / 1000,
    recovery_due: 0,
    renewal_blocked: 0,
    state_unreadable: 0,
    state_unwritable: 1,
    "last_run_timestamp_seconds": 1777593600.5,
    last_run_exit_code: 5,
    last_run_warnings: 2,
  });
  const { "renewal_timestamp_seconds": _, ...mqtt } = samplesOf("mqtt", text);
  assert.deepEqual(mqtt, {
    ...certificate,
    pair_usable: 1,
    urgency: 0,
    restored: 0,
    consecutive_failures: 0,
    attempts_total: 0,
    failures_total: 0,
    hook_owed: 0,
    probe_owed: 0,
    recovery_due: 0,
    renewal_blocked: 0,
    state_unreadable: 0,
  });
  assert.deepEqual(samplesOf("gone", text), { pair_usable: 0, urgency: 3 });
});

Deno.test("formatMetrics() shows since when a pair fails, also for an older version's state", async () => {
  const renewal = { attempts: 1, lastAttempt: at, nextAttempt: at };
  const text = formatMetrics(
    await measured([
      await statusOf("old", { lastFailure: { at, code: "x" }, renewal }),
      // It failed once, and nothing is left to be done.
      await statusOf("over", { lastFailure: { at, code: "x" } }),
    ]),
  );
  const old = samplesOf("old", text);
  assert.equal(old["failing_since_timestamp_seconds"], 1777593600.5);
  assert.equal(old["consecutive_failures"], 1);
  assert.equal(old["urgency"], 1, "more than half of the renewal window is left");
  const over = samplesOf("over", text);
  assert.equal(over["failing_since_timestamp_seconds"], undefined);
  assert.equal(over["consecutive_failures"], 0);
});

Deno.test("formatMetrics() reports a state that cannot be read", async () => {
  const found = await statusOf("web");
  assert(found.status !== undefined);
  const warnings = [new UnreadableStateError("/tls/.certswap/cert.pem.state", {})];
  const text = formatMetrics(await measured([{ ...found, status: { ...found.status, warnings } }]));
  assert.equal(samplesOf("web", text)["state_unreadable"], 1);
});

Deno.test("formatMetrics() shows when the first certificate of the chain expires", async () => {
  const root = await makeAuthority();
  const notAfter = new Date("2026-09-01T00:00:00Z");
  const intermediate = await root.subordinate({ notAfter });
  const pair = await intermediate.issue();
  await withDevice(async (device) => {
    device.activate(pair);
    const status = await readStatus(testSystem(), device.paths);
    const text = formatMetrics(
      await measured([{ name: "web", configuration: configured, status }]),
    );
    const web = samplesOf("web", text);
    assert.equal(web["chain_not_after_timestamp_seconds"], notAfter.getTime() / 1000);
    assert.equal(web["certificate_not_after_timestamp_seconds"], 1798761600);
  });
});

Deno.test("formatMetrics() keeps the samples of the last run for pairs not rotated now", async () => {
  const run: PairRun = {
    at,
    exitCode: 1,
    warnings: 0,
    urgency: "healthy",
    isStateUnwritable: false,
  };
  const pairs = [await statusOf("web"), await statusOf("mqtt")];
  const before = formatMetrics(
    await measured(pairs, new Map([["web", run], ["mqtt", run]])),
  );
  // Only mqtt was rotated.
  const later = { ...run, at: new Date(at.getTime() + 60_000), exitCode: 0 };
  const after = formatMetrics(await measured(pairs, new Map([["mqtt", later]])), before);
  assert.equal(samplesOf("web", after)["last_run_timestamp_seconds"], 1777593600.5);
  assert.equal(samplesOf("web", after)["last_run_exit_code"], 1);
  assert.equal(samplesOf("mqtt", after)["last_run_timestamp_seconds"], 1777593660.5);
  assert.equal(samplesOf("mqtt", after)["last_run_exit_code"], 0);
  // `status` does not rotate, so it adds no samples of a run.
  assert.equal(formatMetrics(await measured(pairs, none), after), after);
  assert.doesNotMatch(formatMetrics(await measured(pairs, none)), /last_run/);
  // Samples of removed pairs are dropped, and invalid lines are not copied.
  const [web] = pairs;
  assert(web !== undefined);
  const evil = 'certswap_last_run_exit_code{pair="web"} NaN\nx{pair="web"} 1\n';
  const left = formatMetrics(await measured([web], none), evil + after);
  assert.deepEqual([...new Set([...parse(left).keys()].map((key) => key.slice(-6)))], ['"web"}']);
  assert.equal(samplesOf("web", left)["last_run_exit_code"], 1);
});

Deno.test("formatMetrics() escapes quotation marks, backslashes and line feeds in a label", () => {
  const text = formatMetrics([{ name: 'a"} 1\nb\\', urgency: "critical" }]);
  assert.match(text, /^certswap_pair_usable\{pair="a\\"\} 1\\nb\\\\"\} 0$/m);
  parse(text);
});

Deno.test("measurePairs() shows when the CA on this device and its CRL expire", async () => {
  await withDevice(async ({ root }) => {
    const data = join(root, "ca");
    const ca = async (...words: string[]): Promise<void> => {
      const { exit, stderr } = await runCli(["ca", ...words, "--data-dir", data]);
      assert.equal(exit, 0, stderr);
    };
    await ca("init", "--subject", "CN=Lab");
    const issuer = { kind: "local", dataDirectory: data } as IssuerConfiguration;
    const pair = { ...unseen("web"), configuration: { ...configured, issuer } };
    const samples = async (): Promise<Record<string, number>> =>
      samplesOf("web", formatMetrics(await measured([pair])));
    const { "ca_not_before_timestamp_seconds": begin, ...before } = await samples();
    // Both are dated a minute back.
    const dated = testTime.getTime() / 1000 - 60;
    assert.equal(begin, dated);
    assert.deepEqual(Object.keys(before).filter((name) => name.startsWith("ca_")), [
      "ca_not_after_timestamp_seconds",
    ], "no CRL has been created yet");
    await ca("crl");
    const after = await samples();
    assert.equal(after["ca_crl_this_update_timestamp_seconds"], dated);
    assert((after["ca_crl_next_update_timestamp_seconds"] ?? 0) > testTime.getTime() / 1000);
    // A run that needs the CRL reports the error. All other metrics are still written.
    Deno.writeTextFileSync(join(data, "ca.crl"), "x");
    assert.equal((await samples())["ca_crl_next_update_timestamp_seconds"], undefined);
  });
});

Deno.test("measurePairs() shows when the certificate that a device was made with expires", async () => {
  await withDevice(async ({ root }) => {
    const { certificatePem } = await (await makeAuthority()).issue();
    const certificate = join(root, "birth.pem");
    Deno.writeTextFileSync(certificate, certificatePem);
    const issuer = {
      kind: "est",
      bootstrap: { certificate, key: "/none" },
    } as IssuerConfiguration;
    const pair = { ...unseen("web"), configuration: { ...configured, issuer } };
    const samples = samplesOf("web", formatMetrics(await measured([pair])));
    const { notAfter } = readCertificateFile(new TextEncoder().encode(certificatePem)).leaf;
    assert.equal(samples["bootstrap_not_after_timestamp_seconds"], notAfter.getTime() / 1000);
  });
});

const of = (name: string) => ({ pairs: [unseen(name)], runs: none });

Deno.test("writeMetrics() replaces the old file with one that all users can read", async () => {
  await withDevice(async ({ root }) => {
    const path = join(root, "a.prom");
    const system = testSystem({ files: withUmask(denoFileSystem, 0o077) });
    await writeMetrics(system, path, of("a"));
    await writeMetrics(system, path, of("b"));
    assert.match(Deno.readTextFileSync(path), /pair="b"/);
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o644);
    assert.deepEqual(denoFileSystem.readDirectory(root), ["a.prom", "tls"]);
  });
});

for (const [what, kind] of [["tls", "directory"], ["pipe", "fifo"]] as const) {
  Deno.test(`writeMetrics() does not replace what is not a regular file: ${what}`, async () => {
    await withDevice(async ({ root }) => {
      const path = join(root, what);
      new Deno.Command("mkfifo", { args: [join(root, "pipe")] }).outputSync();
      await assert.rejects(writeMetrics(testSystem(), path, of("a")), (error) => {
        assert(error instanceof WrongFileKindError);
        assert.deepEqual([error.path, error.found], [path, kind]);
        return true;
      });
      assert.deepEqual(denoFileSystem.readDirectory(root), ["pipe", "tls"]);
    });
  });
}

for (const operation of ["create", "rename"] as const) {
  Deno.test(`writeMetrics() keeps the old file if it fails to ${operation}`, async () => {
    await withDevice(async ({ root }) => {
      const path = join(root, "a.prom");
      await writeMetrics(testSystem(), path, of("old"));
      const files = refusing(denoFileSystem, (tried) => tried === operation ? "ENOSPC" : undefined);
      await assert.rejects(
        writeMetrics(testSystem({ files }), path, of("new")),
        FileSystemError,
      );
      assert.match(Deno.readTextFileSync(path), /pair="old"/);
      assert.deepEqual(denoFileSystem.readDirectory(root), ["a.prom", "tls"]);
    });
  });
}
