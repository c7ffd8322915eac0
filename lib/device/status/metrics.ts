/** Writes metrics for the textfile collector of node_exporter, in the Prometheus text format 0.0.4. */
import type { System } from "../../system/mod.ts";
import { NewerStateError, UnreadableStateError } from "../errors.ts";
import type { Urgency } from "../rotation/mod.ts";
import {
  formatFamily,
  type MetricFamily,
  seriesOf,
  toNumber,
} from "../../protocol/prometheus/mod.ts";
import { type MeasuredPair, measurePairs, type PairRun } from "./measure.ts";
import { crlMetricsStart, replaceMetrics } from "./metrics_file.ts";
import type { ConfiguredStatus } from "./status.ts";

interface Metric extends MetricFamily {
  /** `undefined`: nothing to measure, so no sample. */
  readonly measure: (pair: MeasuredPair) => Date | number | boolean | undefined;
  /** Only `rotate` measures this. Other commands keep the existing sample. */
  readonly isOfRun?: true;
}

const urgencies: Readonly<Record<Urgency, number>> = {
  healthy: 0,
  notice: 1,
  warning: 2,
  critical: 3,
};

const metrics: readonly Metric[] = [
  {
    name: "pair_usable",
    type: "gauge",
    help: "Whether the active pair is complete and valid now (1) or not (0).",
    measure: ({ status }) => status?.active.condition === "valid",
  },
  {
    name: "urgency",
    type: "gauge",
    help: "How urgently a person is needed: 0 healthy, 1 notice, 2 warning, 3 critical.",
    measure: ({ urgency }) => urgencies[urgency],
  },
  {
    name: "certificate_not_before_timestamp_seconds",
    type: "gauge",
    help: "When the active certificate becomes valid.",
    measure: ({ status }) => status?.active.certificate?.notBefore,
  },
  {
    name: "certificate_not_after_timestamp_seconds",
    type: "gauge",
    help: "When the active certificate expires.",
    measure: ({ status }) => status?.active.certificate?.notAfter,
  },
  {
    name: "chain_not_after_timestamp_seconds",
    type: "gauge",
    help:
      "When the first certificate of the served chain expires, including the active certificate.",
    measure: ({ servedUntil }) => servedUntil,
  },
  {
    name: "renewal_timestamp_seconds",
    type: "gauge",
    help: "When the active certificate is due for renewal.",
    measure: ({ renewalTime }) => renewalTime,
  },
  {
    name: "last_change_timestamp_seconds",
    type: "gauge",
    help: "When the active pair was last swapped or rolled back.",
    measure: ({ status }) => status?.state.lastChange?.at,
  },
  {
    name: "restored",
    type: "gauge",
    help: "Whether the last change restored the previous pair (1).",
    measure: ({ status }) => status && status.state.lastChange?.by === "rollback",
  },
  {
    name: "last_success_timestamp_seconds",
    type: "gauge",
    help: "When a rotation last completed, including hook and probe.",
    measure: ({ status }) => status?.state.lastSuccess,
  },
  {
    name: "last_failure_timestamp_seconds",
    type: "gauge",
    help: "When a rotation last failed, if none has succeeded since.",
    measure: ({ status }) => status?.state.lastFailure?.at,
  },
  {
    name: "failing_since_timestamp_seconds",
    type: "gauge",
    help: "When the current row of failures started, while a renewal, hook or probe is failing.",
    measure: ({ failingSince }) => failingSince,
  },
  {
    name: "consecutive_failures",
    type: "gauge",
    help: "How many failures there were in a row.",
    measure: ({ status, failingSince }) =>
      status && (failingSince === undefined ? 0 : status.state.lastFailure?.count ?? 1),
  },
  {
    name: "attempts_total",
    type: "counter",
    help: "How often the issuer was asked.",
    measure: ({ status }) => status && (status.state.totals?.attempts ?? 0),
  },
  {
    name: "failures_total",
    type: "counter",
    help: "How often a rotation failed, including its hook and probe.",
    measure: ({ status }) => status && (status.state.totals?.failures ?? 0),
  },
  {
    name: "next_attempt_timestamp_seconds",
    type: "gauge",
    help: "When the issuer is asked again, while a renewal is under way.",
    measure: ({ status }) => status?.state.renewal?.nextAttempt,
  },
  {
    name: "hook_owed",
    type: "gauge",
    help: "Whether the hook for the last change is pending (1).",
    measure: ({ status }) => status && (status.state.owed?.hook ?? false),
  },
  {
    name: "probe_owed",
    type: "gauge",
    help: "Whether the probe for the last change is pending (1).",
    measure: ({ status }) => status && (status.state.owed?.probe ?? false),
  },
  {
    name: "owed_since_timestamp_seconds",
    type: "gauge",
    help: "Since when the hook or the probe has been pending, while one is.",
    measure: ({ status }) => status?.state.owed?.since,
  },
  {
    name: "recovery_due",
    type: "gauge",
    help: "Whether a change was interrupted and recovery is due (1).",
    measure: ({ status }) => status && status.recovery.outcome !== "clean",
  },
  {
    name: "state_unreadable",
    type: "gauge",
    help: "Whether part of the state file cannot be read (1).",
    measure: ({ status }) =>
      status?.warnings.some((warning) =>
        warning instanceof UnreadableStateError || warning instanceof NewerStateError
      ),
  },
  {
    name: "renewal_blocked",
    type: "gauge",
    help:
      "Whether the next change will fail: full, read-only, no permission, or an untrusted place (1).",
    measure: ({ status }) =>
      status && (status.blocked !== undefined || status.untrusted.length > 0),
  },
  {
    name: "state_unwritable",
    type: "gauge",
    help: "Whether the last run of rotate could not write the state file (1).",
    measure: ({ run }) => run?.isStateUnwritable,
    isOfRun: true,
  },
  {
    name: "last_run_timestamp_seconds",
    type: "gauge",
    help: "When rotate last ran for this pair, regardless of the result.",
    measure: ({ run }) => run?.at,
    isOfRun: true,
  },
  {
    name: "last_run_exit_code",
    type: "gauge",
    help: "The exit code of that run for this pair.",
    measure: ({ run }) => run?.exitCode,
    isOfRun: true,
  },
  {
    name: "last_run_warnings",
    type: "gauge",
    help: "How many warnings that run gave for this pair.",
    measure: ({ run }) => run?.warnings,
    isOfRun: true,
  },
  {
    name: "trust_bundle_refreshed_timestamp_seconds",
    type: "gauge",
    help: "When the source of the trust bundle was last read.",
    measure: ({ status }) => status?.trust?.refreshed,
  },
  {
    name: "trust_bundle_roots_offered",
    type: "gauge",
    help: "How many roots the source has that a person must accept before they are trusted.",
    measure: ({ status }) => status?.trust?.offered.length,
  },
  {
    name: "ca_not_before_timestamp_seconds",
    type: "gauge",
    help: "When the certificate of the CA on this device became valid.",
    measure: ({ authority }) => authority?.certificate?.notBefore,
  },
  {
    name: "ca_not_after_timestamp_seconds",
    type: "gauge",
    help: "When the certificate of the CA on this device expires.",
    measure: ({ authority }) => authority?.certificate?.notAfter,
  },
  {
    name: "ca_crl_this_update_timestamp_seconds",
    type: "gauge",
    help: "When the last CRL of the CA on this device was issued.",
    measure: ({ authority }) => authority?.crl?.thisUpdate,
  },
  {
    name: "ca_crl_next_update_timestamp_seconds",
    type: "gauge",
    help: "When the last CRL of the CA on this device expires.",
    measure: ({ authority }) => authority?.crl?.nextUpdate,
  },
  {
    name: "bootstrap_not_after_timestamp_seconds",
    type: "gauge",
    help: "When the certificate that the device was made with expires.",
    measure: ({ bootstrap }) => bootstrap?.notAfter,
  },
];

/**
 * Formats the metrics of all pairs: each metric with its HELP and TYPE, followed by all its samples, as the
 * format requires.
 *
 * @param before the existing metrics: samples of an earlier run stay if this run has none.
 */
export function formatMetrics(pairs: readonly MeasuredPair[], before = ""): string {
  const kept = samplesIn(before);
  return metrics.map(({ measure, isOfRun, ...family }) => {
    const samples = pairs.flatMap((pair) => {
      const series = seriesOf(family.name, "pair", pair.name);
      const value = measure(pair);
      if (value !== undefined) return [`${series} ${toNumber(value)}\n`];
      const old = isOfRun && kept.get(series);
      return old === undefined ? [] : [`${series} ${old}\n`];
    });
    return formatFamily(family, samples);
  }).join("");
}

/** The values in existing metrics, by name and label. Values that are not numbers are left out. */
function samplesIn(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\n").flatMap((line): [string, string][] => {
      // No value contains a space, and certswap writes no timestamps after values.
      const end = line.lastIndexOf(" ");
      const value = line.slice(end + 1);
      return value !== "" && Number.isFinite(Number(value)) ? [[line.slice(0, end), value]] : [];
    }),
  );
}

/** What the metrics are about. */
export interface MetricsOptions {
  readonly pairs: readonly ConfiguredStatus[];
  /** How this run of `rotate` ended, by name of the pair; empty if nothing was rotated. */
  readonly runs: ReadonlyMap<string, PairRun>;
}

/**
 * Writes the metrics in one step, because the collector may read them at any time. All users may read them.
 *
 * @param path must end in `.prom` for the collector to read it.
 * @throws NotMetricsError if the file contains something else: a mistyped path must not destroy it.
 * @throws UntrustedPlaceError, FileSystemError
 */
export async function writeMetrics(
  system: System,
  path: string,
  { pairs, runs }: MetricsOptions,
): Promise<void> {
  await replaceMetrics(system, path, {
    // Those of a CRL have their own file.
    isOwn: (text) => text.startsWith("# HELP certswap_") && !text.startsWith(crlMetricsStart),
    format: async (before) => formatMetrics(await measurePairs(system, pairs, runs), before),
  });
}
