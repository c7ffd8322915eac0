/** What node_exporter's textfile collector reads: the text format of Prometheus, version 0.0.4. */
import {
  CertswapError,
  ifPresent,
  readFile,
  requireTrustedPlaces,
  type System,
} from "../../system/mod.ts";
import { replaceFile } from "../../transaction/mod.ts";
import { NewerStateError, UnreadableStateError } from "../errors.ts";
import { NotMetricsError } from "../errors.ts";
import { publicFileMode } from "../file_modes.ts";
import type { Urgency } from "../rotation/mod.ts";
import { type MeasuredPair, measurePairs, type PairRun } from "./measure.ts";
import type { ConfiguredStatus } from "./status.ts";

interface Metric {
  /** Without the prefix. Names and units as https://prometheus.io/docs/practices/naming/ has them. */
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  /** `undefined`: there is nothing to measure, and no sample. */
  readonly measure: (pair: MeasuredPair) => Date | number | boolean | undefined;
  /** Measured by `rotate` alone: what else writes the metrics keeps the sample that is there. */
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
    help: "Whether the active pair is whole and valid now (1) or not (0).",
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
      "When the first certificate of the served chain expires, the active certificate included.",
    measure: ({ servedUntil }) => servedUntil,
  },
  {
    name: "renewal_timestamp_seconds",
    type: "gauge",
    help: "When the active certificate comes up for renewal.",
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
    help: "Whether that last change went back to the previous pair (1).",
    measure: ({ status }) => status && status.state.lastChange?.by === "rollback",
  },
  {
    name: "last_success_timestamp_seconds",
    type: "gauge",
    help: "When a rotation last came to its end, hook and probe included.",
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
    help: "When the first of the failures in a row was, while a renewal, hook or probe is failing.",
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
    help: "How often a rotation failed, for its issuer, its hook or its probe.",
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
    help: "Whether the service has yet to be told of the last change (1).",
    measure: ({ status }) => status && (status.state.owed?.hook ?? false),
  },
  {
    name: "probe_owed",
    type: "gauge",
    help: "Whether the service has yet to be seen serving the last change (1).",
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
    help: "Whether a change was cut short and recovery has something to do (1).",
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
    help: "Whether the next change cannot be written: full, read-only, or no permission (1).",
    measure: ({ status }) => status && status.blocked !== undefined,
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
    help: "When rotate last ran for this pair, whatever came of it.",
    measure: ({ run }) => run?.at,
    isOfRun: true,
  },
  {
    name: "last_run_exit_code",
    type: "gauge",
    help: "The exit code that this run had for this pair.",
    measure: ({ run }) => run?.exitCode,
    isOfRun: true,
  },
  {
    name: "last_run_warnings",
    type: "gauge",
    help: "How many warnings this run gave for this pair.",
    measure: ({ run }) => run?.warnings,
    isOfRun: true,
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
    help: "When the last CRL of the CA on this device was made.",
    measure: ({ authority }) => authority?.crl?.thisUpdate,
  },
  {
    name: "ca_crl_next_update_timestamp_seconds",
    type: "gauge",
    help: "When the last CRL of the CA on this device expires.",
    measure: ({ authority }) => authority?.crl?.nextUpdate,
  },
];

/**
 * The metrics of all pairs, each with its HELP and its TYPE, its samples together as the format asks.
 *
 * @param before the metrics as they were: a sample of a run stays if there is no other now.
 */
export function formatMetrics(pairs: readonly MeasuredPair[], before = ""): string {
  const kept = samplesIn(before);
  return metrics.map(({ name, type, help, measure, isOfRun }) => {
    const samples = pairs.flatMap((pair) => {
      const series = `certswap_${name}{pair="${escapeLabel(pair.name)}"}`;
      const value = measure(pair);
      if (value !== undefined) return [`${series} ${toNumber(value)}\n`];
      const old = isOfRun && kept.get(series);
      return old === undefined ? [] : [`${series} ${old}\n`];
    });
    if (samples.length === 0) return "";
    return `# HELP certswap_${name} ${help}\n# TYPE certswap_${name} ${type}\n${samples.join("")}`;
  }).join("");
}

/** The values in a text of metrics, by name and label. What is no number is left out. */
function samplesIn(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\n").flatMap((line): [string, string][] => {
      // No value has a space in it, and no line of certswap's a time after it.
      const end = line.lastIndexOf(" ");
      const value = line.slice(end + 1);
      return value !== "" && Number.isFinite(Number(value)) ? [[line.slice(0, end), value]] : [];
    }),
  );
}

function toNumber(value: Date | number | boolean): number {
  return value instanceof Date ? value.getTime() / 1000 : Number(value);
}

/** A label's value: backslash, quotation mark and line feed are escaped, nothing else. */
function escapeLabel(value: string): string {
  return value.replaceAll(/[\\"\n]/g, (character) => character === "\n" ? "\\n" : `\\${character}`);
}

/** The most that is read of the metrics that are there, in bytes. */
const limit = 1024 * 1024;

/** What metrics are written of. */
export interface MetricsOptions {
  readonly pairs: readonly ConfiguredStatus[];
  /** How this run of `rotate` ended, by the name of the pair; empty if nothing was rotated. */
  readonly runs: ReadonlyMap<string, PairRun>;
}

/**
 * Writes the metrics, readable to everybody, in one step: the collector may look at any moment.
 *
 * @param path ends in `.prom`, if the collector is to read it.
 * @throws NotMetricsError if the file has something else: a mistyped path must not destroy it.
 * @throws UntrustedPlaceError, FileSystemError
 */
export async function writeMetrics(
  system: System,
  path: string,
  { pairs, runs }: MetricsOptions,
): Promise<void> {
  requireTrustedPlaces(system, [{ path, as: "file" }]);
  const measured = await measurePairs(system, pairs, runs);
  const before = metricsAt(system, path);
  if (!isMetrics(before)) throw new NotMetricsError(path);
  const text = formatMetrics(measured, before);
  const content = new TextEncoder().encode(text);
  replaceFile(system.files, path, { content, mode: publicFileMode });
}

/** Whether a file is empty, or begins as {@linkcode formatMetrics} does. */
function isMetrics(text: string): boolean {
  return text.trim() === "" || text.startsWith("# HELP certswap_");
}

/** The metrics that are there. What cannot be read is replaced, or replacing it says why not. */
function metricsAt({ files }: System, path: string): string {
  try {
    const found = ifPresent(() => readFile(files, path, limit));
    return new TextDecoder().decode(found?.content ?? new Uint8Array());
  } catch (error) {
    if (error instanceof CertswapError) return "";
    throw error;
  }
}
