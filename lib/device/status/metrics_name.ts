/** The name of a metrics file. In its own file, because commands that write no metrics warn about it too. */
import { MetricsNameError } from "../errors.ts";

/** A warning if node_exporter does not read a file of this name. */
export function metricsNameWarnings(path: string): MetricsNameError[] {
  return path.endsWith(".prom") ? [] : [new MetricsNameError(path)];
}
