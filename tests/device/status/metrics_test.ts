import assert from "node:assert/strict";
import {
  formatMetrics,
  type MeasuredPair,
  writeMetrics,
} from "../../../lib/device/status/metrics.ts";
import type { PairState } from "../../../lib/device/pair/state.ts";
import { readStatus } from "../../../lib/device/status/status.ts";
import {
  denoFileSystem,
  FileSystemError,
  join,
  WrongFileKindError,
} from "../../../lib/system/mod.ts";
import { fleet, withDevice } from "../../support/device.ts";
import { refusing, testSystem, withUmask } from "../../support/test_world.ts";

const at = new Date("2026-05-01T00:00:00.500Z");

/** A pair with a life of one year, and this state. */
async function measured(name: string, state: Partial<PairState> = {}): Promise<MeasuredPair> {
  const { first } = await fleet();
  let pair: MeasuredPair | undefined;
  await withDevice(async (device) => {
    device.activate(first);
    const status = await readStatus(testSystem(), device.paths);
    pair = { name, status: { ...status, state: { ...state, other: {} } } };
  });
  assert(pair !== undefined);
  return pair;
}

/** The samples by name and labels. A text that breaks the format of Prometheus is refused. */
function parse(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  let family = "";
  const seen = new Set<string>();
  for (const line of text.split("\n").slice(0, -1)) {
    const declared = /^# (?<what>HELP|TYPE) (?<name>[a-z_]+) (?<rest>.+)$/.exec(line)?.groups;
    if (declared?.["what"] === "HELP") {
      family = declared["name"] ?? "";
      assert(!seen.has(family), `${family} is there twice`);
      seen.add(family);
    } else if (declared !== undefined) {
      assert.equal(declared["name"], family, "TYPE follows HELP");
      assert.match(declared["rest"] ?? "", /^(gauge|counter)$/);
      if (family.endsWith("_total")) assert.equal(declared["rest"], "counter");
    } else {
      const sample =
        /^(?<name>[a-z_]+)(?<labels>\{pair="(?:[^"\\\n]|\\["\\n])*"\}) (?<value>-?[\d.]+)$/
          .exec(line)?.groups;
      assert(sample !== undefined, `no sample: ${line}`);
      assert.equal(sample["name"], family, "samples follow their own TYPE");
      samples.set(`${family}${sample["labels"]}`, Number(sample["value"]));
    }
  }
  assert(text === "" || text.endsWith("\n"), "the last line ends in a line feed");
  return samples;
}

Deno.test("formatMetrics() gives every sample of every pair, by its name", async () => {
  const text = formatMetrics([
    await measured("web", {
      lastSuccess: at,
      lastFailure: { at, code: "x" },
      totals: { attempts: 7, failures: 2 },
      renewal: { attempts: 2, lastAttempt: at, nextAttempt: at },
      owed: { hook: true, probe: false, since: at, fingerprint: "00" },
    }),
    await measured("mqtt"),
    { name: "gone" },
  ]);
  assert.deepEqual(Object.fromEntries(parse(text)), {
    'certswap_pair_usable{pair="web"}': 1,
    'certswap_pair_usable{pair="mqtt"}': 1,
    'certswap_pair_usable{pair="gone"}': 0,
    'certswap_certificate_not_before_timestamp_seconds{pair="web"}': 1767225600,
    'certswap_certificate_not_before_timestamp_seconds{pair="mqtt"}': 1767225600,
    'certswap_certificate_not_after_timestamp_seconds{pair="web"}': 1798761600,
    'certswap_certificate_not_after_timestamp_seconds{pair="mqtt"}': 1798761600,
    'certswap_last_success_timestamp_seconds{pair="web"}': 1777593600.5,
    'certswap_last_failure_timestamp_seconds{pair="web"}': 1777593600.5,
    'certswap_attempts_total{pair="web"}': 7,
    'certswap_attempts_total{pair="mqtt"}': 0,
    'certswap_failures_total{pair="web"}': 2,
    'certswap_failures_total{pair="mqtt"}': 0,
    'certswap_next_attempt_timestamp_seconds{pair="web"}': 1777593600.5,
    'certswap_hook_owed{pair="web"}': 1,
    'certswap_hook_owed{pair="mqtt"}': 0,
    'certswap_probe_owed{pair="web"}': 0,
    'certswap_probe_owed{pair="mqtt"}': 0,
    'certswap_recovery_due{pair="web"}': 0,
    'certswap_recovery_due{pair="mqtt"}': 0,
  });
});

Deno.test("formatMetrics() escapes a label that would end early", () => {
  const text = formatMetrics([{ name: 'a"} 1\nb\\' }]);
  assert.match(text, /^certswap_pair_usable\{pair="a\\"\} 1\\nb\\\\"\} 0$/m);
  parse(text);
});

Deno.test("writeMetrics() leaves one file that everybody can read, in the place of the old one", async () => {
  await withDevice(({ root }) => {
    const path = join(root, "a.prom");
    const system = testSystem({ files: withUmask(denoFileSystem, 0o077) });
    writeMetrics(system, path, [{ name: "a" }]);
    writeMetrics(system, path, [{ name: "b" }]);
    assert.match(Deno.readTextFileSync(path), /pair="b"/);
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o644);
    assert.deepEqual(denoFileSystem.readDirectory(root), ["a.prom", "tls"]);
    return Promise.resolve();
  });
});

for (const [what, kind] of [["tls", "directory"], ["pipe", "other"]] as const) {
  Deno.test(`writeMetrics() puts no file in the place of what is none: ${what}`, async () => {
    await withDevice(({ root }) => {
      const path = join(root, what);
      new Deno.Command("mkfifo", { args: [join(root, "pipe")] }).outputSync();
      assert.throws(() => writeMetrics(testSystem(), path, [{ name: "a" }]), (error) => {
        assert(error instanceof WrongFileKindError);
        assert.deepEqual([error.path, error.found], [path, kind]);
        return true;
      });
      assert.deepEqual(denoFileSystem.readDirectory(root), ["pipe", "tls"]);
      return Promise.resolve();
    });
  });
}

for (const operation of ["create", "rename"] as const) {
  Deno.test(`writeMetrics() leaves the old file alone where it fails to ${operation}`, async () => {
    await withDevice(({ root }) => {
      const path = join(root, "a.prom");
      writeMetrics(testSystem(), path, [{ name: "old" }]);
      const files = refusing(denoFileSystem, (tried) => tried === operation ? "ENOSPC" : undefined);
      assert.throws(
        () => writeMetrics(testSystem({ files }), path, [{ name: "new" }]),
        FileSystemError,
      );
      assert.match(Deno.readTextFileSync(path), /pair="old"/);
      assert.deepEqual(denoFileSystem.readDirectory(root), ["a.prom", "tls"]);
      return Promise.resolve();
    });
  });
}
