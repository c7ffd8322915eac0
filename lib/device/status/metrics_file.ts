/** Files of metrics in the Prometheus text format: how they are replaced. */
import {
  CertswapError,
  ifPresent,
  readFile,
  requireTrustedPlaces,
  type System,
} from "../../system/mod.ts";
import { replaceFile } from "../../transaction/mod.ts";
import { NotMetricsError } from "../errors.ts";
import { publicFileMode } from "../file_modes.ts";

/** How the metrics of a CRL start: they have a file of their own, which others must not replace. */
export const crlMetricsStart = "# HELP certswap_crl_";

/** The limit for reading existing metrics, in bytes. */
const limit = 1024 * 1024;

/** New metrics for a file. */
export interface NewMetrics {
  /** Whether existing metrics, which are not empty, may be replaced. */
  readonly isOwn: (text: string) => boolean;
  /** @param before the existing metrics. */
  readonly format: (before: string) => Promise<string>;
}

/**
 * Replaces metrics in one step, because the collector may read them at any time. All users may read them.
 *
 * @param path must end in `.prom` for the collector to read it.
 * @throws NotMetricsError if the file contains something else: a mistyped path must not destroy it.
 * @throws UntrustedPlaceError, FileSystemError, and the errors of `format`.
 */
export async function replaceMetrics(
  system: System,
  path: string,
  { isOwn, format }: NewMetrics,
): Promise<void> {
  requireTrustedPlaces(system, [{ path, as: "file" }]);
  const before = metricsAt(system, path);
  if (before.trim() !== "" && !isOwn(before)) throw new NotMetricsError(path);
  const content = new TextEncoder().encode(await format(before));
  replaceFile(system.files, path, { content, mode: publicFileMode });
}

/** The existing metrics. If they cannot be read, they are replaced, or replacing them reports the error. */
function metricsAt({ files }: System, path: string): string {
  try {
    const found = ifPresent(() => readFile(files, path, limit));
    return new TextDecoder().decode(found?.content ?? new Uint8Array());
  } catch (error) {
    if (error instanceof CertswapError) return "";
    throw error;
  }
}
