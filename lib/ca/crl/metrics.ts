/** The metrics of a CA's CRL. */
import {
  formatFamily,
  type MetricFamily,
  seriesOf,
  toNumber,
} from "../../protocol/prometheus/mod.ts";
import type { CrlSight } from "./look.ts";

/** What is measured of a CRL. */
export interface MeasuredCrl {
  /** `undefined`: there is no CRL, or it cannot be read. */
  readonly crl: CrlSight | undefined;
  readonly hasHook: boolean;
  /** When `ca crl` ran, or the server looked. */
  readonly at: Date;
  /** How that run ended: an exit code. */
  readonly exit: number;
}

interface Metric extends MetricFamily {
  readonly measure: (measured: MeasuredCrl) => Date | number | boolean | undefined;
}

const metrics: readonly Metric[] = [
  {
    name: "crl_last_run_timestamp_seconds",
    type: "gauge",
    help: "When 'ca crl' last ran for this CA, regardless of the result.",
    measure: ({ at }) => at,
  },
  {
    name: "crl_last_run_exit_code",
    type: "gauge",
    help: "The exit code of that run.",
    measure: ({ exit }) => exit,
  },
  {
    name: "crl_this_update_timestamp_seconds",
    type: "gauge",
    help: "When the last CRL was issued.",
    measure: ({ crl }) => crl?.thisUpdate,
  },
  {
    name: "crl_next_update_timestamp_seconds",
    type: "gauge",
    help: "When the last CRL expires.",
    measure: ({ crl }) => crl?.nextUpdate,
  },
  {
    name: "crl_number",
    type: "gauge",
    help: "The number of the last CRL.",
    measure: ({ crl }) => crl && Number(crl.number),
  },
  {
    name: "crl_revoked_certificates",
    type: "gauge",
    help: "How many certificates the last CRL lists.",
    measure: ({ crl }) => crl?.revoked,
  },
  {
    name: "crl_publication_owed",
    type: "gauge",
    help: "Whether the publish hook has to be run for the last CRL (1).",
    measure: ({ crl, hasHook }) => hasHook ? crl && !crl.isPublished : undefined,
  },
  {
    name: "ca_history_sequence",
    type: "gauge",
    help: "The sequence number of the newest entry of the CA's history. It never decreases.",
    measure: ({ crl }) => crl?.historySequence,
  },
];

/** The metrics of a CRL in the Prometheus text format. @param label the directory of the CA, absolute. */
export function formatCrlMetrics(measured: MeasuredCrl, label: string): string {
  return metrics.map(({ measure, ...family }) => {
    const value = measure(measured);
    const series = seriesOf(family.name, "ca", label);
    return formatFamily(family, value === undefined ? [] : [`${series} ${toNumber(value)}\n`]);
  }).join("");
}
