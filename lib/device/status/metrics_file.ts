/** Files of metrics in the Prometheus text format 0.0.4: their syntax, and how they are replaced. */
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

/** A metric, without its samples. */
export interface MetricFamily {
  /** Without the prefix. Names and units follow https://prometheus.io/docs/practices/naming/. */
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
}

/** How the metrics of a CRL start: they have a file of their own, which others must not replace. */
export const crlMetricsStart = "# HELP certswap_crl_";

/** A metric with its HELP and TYPE, followed by all its samples; empty without samples. */
export function formatFamily(
  { name, type, help }: MetricFamily,
  samples: readonly string[],
): string {
  if (samples.length === 0) return "";
  return `# HELP certswap_${name} ${help}\n# TYPE certswap_${name} ${type}\n${samples.join("")}`;
}

/** The name of a series: that of the metric, and one label. */
export function seriesOf(name: string, label: string, value: string): string {
  return `certswap_${name}{${label}="${escapeLabel(value)}"}`;
}

/** A value as a sample has it: times in seconds. */
export function toNumber(value: Date | number | boolean): number {
  return value instanceof Date ? value.getTime() / 1000 : Number(value);
}

/** Escapes a label's value: only backslash, quotation mark and line feed. */
function escapeLabel(value: string): string {
  return value.replaceAll(/[\\"\n]/g, (character) => character === "\n" ? "\\n" : `\\${character}`);
}

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
