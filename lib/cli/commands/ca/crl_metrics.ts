/** `certswap ca crl --metrics`: writes the age of the CRL for node_exporter. */
import { type CrlSight, lookAtCrl } from "../../../ca/crl/mod.ts";
import {
  crlMetricsStart,
  formatFamily,
  type MetricFamily,
  replaceMetrics,
  seriesOf,
  toNumber,
} from "../../../device/status/mod.ts";
import { attempt, attemptAsync, CertswapError, type System } from "../../../system/mod.ts";
import type { ExitCode } from "../../exit_code.ts";

/** What is measured. */
export interface Measured {
  /** `undefined`: there is no CRL, or it cannot be read. */
  readonly crl: CrlSight | undefined;
  readonly hasHook: boolean;
  readonly at: Date;
  readonly exit: ExitCode;
}

interface Metric extends MetricFamily {
  readonly measure: (measured: Measured) => Date | number | boolean | undefined;
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
];

/** What the metrics are about, and where they go. */
export interface CrlMetrics {
  readonly path: string;
  readonly dataDirectory: string;
  readonly hasHook: boolean;
  /** How the run ended. */
  readonly exit: ExitCode;
}

/**
 * Writes the metrics of a CRL. The CRL is already made, so a failure is only a warning.
 *
 * @returns the error, if there was one.
 */
export async function leaveCrlMetrics(
  system: System,
  { path, dataDirectory, hasHook, exit }: CrlMetrics,
): Promise<readonly unknown[]> {
  const at = system.clock.now();
  // The same label for every name of the directory.
  const label = attempt(() => system.files.realPath(dataDirectory)) ?? dataDirectory;
  try {
    await replaceMetrics(system, path, {
      isOwn: (text) => text.startsWith(crlMetricsStart),
      format: async () => {
        const measured = { crl: await crlIfReadable(system, dataDirectory), hasHook, at, exit };
        return formatCrlMetrics(measured, label);
      },
    });
    return [];
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    return [error];
  }
}

/** The metrics of a CRL in the Prometheus text format. @param label the directory of the CA, absolute. */
export function formatCrlMetrics(measured: Measured, label: string): string {
  return metrics.map(({ measure, ...family }) => {
    const value = measure(measured);
    const series = seriesOf(family.name, "ca", label);
    return formatFamily(family, value === undefined ? [] : [`${series} ${toNumber(value)}\n`]);
  }).join("");
}

/** The run has reported what is wrong with it. */
async function crlIfReadable(
  system: System,
  dataDirectory: string,
): Promise<CrlSight | undefined> {
  return await attemptAsync(() => lookAtCrl(system, { dataDirectory }));
}
