/** `certswap ca crl --metrics`: writes the age of the CRL for node_exporter. */
import { type CrlSight, formatCrlMetrics, lookAtCrl } from "../../../ca/crl/mod.ts";
import { crlMetricsStart, replaceMetrics } from "../../../device/status/mod.ts";
import { attempt, attemptAsync, CertswapError, type System } from "../../../system/mod.ts";
import type { ExitCode } from "../../exit_code.ts";

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

/** The run has reported what is wrong with it. */
async function crlIfReadable(
  system: System,
  dataDirectory: string,
): Promise<CrlSight | undefined> {
  return await attemptAsync(() => lookAtCrl(system, { dataDirectory }));
}
