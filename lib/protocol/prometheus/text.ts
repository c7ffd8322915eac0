/** The Prometheus text format 0.0.4. */

/** A metric, without its samples. */
export interface MetricFamily {
  /** Without the prefix. Names and units follow https://prometheus.io/docs/practices/naming/. */
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
}

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
  return seriesWith(name, { [label]: value });
}

/** The name of a series: that of the metric, and its labels. */
export function seriesWith(name: string, labels: Readonly<Record<string, string>>): string {
  const written = Object.entries(labels).map(([label, value]) =>
    `${label}="${escapeLabel(value)}"`
  );
  return `certswap_${name}${written.length === 0 ? "" : `{${written.join(",")}}`}`;
}

/** A value as a sample has it: times in seconds. */
export function toNumber(value: Date | number | boolean): number {
  return value instanceof Date ? value.getTime() / 1000 : Number(value);
}

/** Escapes a label's value: only backslash, quotation mark and line feed. */
function escapeLabel(value: string): string {
  return value.replaceAll(/[\\"\n]/g, (character) => character === "\n" ? "\\n" : `\\${character}`);
}
