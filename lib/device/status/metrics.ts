/** What node_exporter's textfile collector reads: the text format of Prometheus, version 0.0.4. */
import { requireTrustedPlaces, type System } from "../../system/mod.ts";
import { replaceFile } from "../../transaction/mod.ts";
import { publicFileMode } from "../file_modes.ts";
import type { PairStatus } from "./status.ts";

/** A pair as it is measured. */
export interface MeasuredPair {
  /** Its name in the configuration. */
  readonly name: string;
  /** `undefined` where it could not even be looked at. */
  readonly status?: PairStatus | undefined;
}

interface Metric {
  /** Without the prefix. Names and units as https://prometheus.io/docs/practices/naming/ has them. */
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  /** `undefined`: there is nothing to measure, and no sample. */
  readonly measure: (pair: MeasuredPair) => Date | number | boolean | undefined;
}

const metrics: readonly Metric[] = [
  {
    name: "pair_usable",
    type: "gauge",
    help: "Whether the active pair is whole and valid now (1) or not (0).",
    measure: ({ status }) => status?.active.condition === "valid",
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
    name: "last_change_timestamp_seconds",
    type: "gauge",
    help: "When the active pair was last swapped or rolled back.",
    measure: ({ status }) => status?.state.lastChange?.at,
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
    name: "recovery_due",
    type: "gauge",
    help: "Whether a change was cut short and recovery has something to do (1).",
    measure: ({ status }) => status && status.recovery.outcome !== "clean",
  },
];

/** The metrics of all pairs, each with its HELP and its TYPE, its samples together as the format asks. */
export function formatMetrics(pairs: readonly MeasuredPair[]): string {
  return metrics.map(({ name, type, help, measure }) => {
    const samples = pairs.flatMap((pair) => {
      const value = measure(pair);
      return value === undefined
        ? []
        : [`certswap_${name}{pair="${escapeLabel(pair.name)}"} ${toNumber(value)}\n`];
    });
    if (samples.length === 0) return "";
    return `# HELP certswap_${name} ${help}\n# TYPE certswap_${name} ${type}\n${samples.join("")}`;
  }).join("");
}

function toNumber(value: Date | number | boolean): number {
  return value instanceof Date ? value.getTime() / 1000 : Number(value);
}

/** A label's value: backslash, quotation mark and line feed are escaped, nothing else. */
function escapeLabel(value: string): string {
  return value.replaceAll(/[\\"\n]/g, (character) => character === "\n" ? "\\n" : `\\${character}`);
}

/**
 * Writes the metrics, readable to everybody, in one step: the collector may look at any moment.
 *
 * @param path ends in `.prom`, if the collector is to read it.
 * @throws UntrustedPlaceError, FileSystemError
 */
export function writeMetrics(
  system: System,
  path: string,
  pairs: readonly MeasuredPair[],
): void {
  const content = new TextEncoder().encode(formatMetrics(pairs));
  requireTrustedPlaces(system, [{ path, as: "file" }]);
  replaceFile(system.files, path, { content, mode: publicFileMode });
}
