/** Counts what a server does, for metrics. */
import { seriesWith } from "../../protocol/prometheus/mod.ts";

/** The most series of one counter. Labels must not come from clients; a mistake must not fill the memory. */
const seriesLimit = 1000;

/** Counters by name and labels. */
export class Counters {
  readonly #values = new Map<string, Map<string, number>>();

  /**
   * Counts.
   *
   * @param name without the prefix, as in the list of metrics.
   * @param labels few different values each.
   */
  add(name: string, labels: Readonly<Record<string, string>>, count = 1): void {
    const series = seriesWith(name, labels);
    const values = this.#values.get(name) ?? new Map<string, number>();
    this.#values.set(name, values);
    if (!values.has(series) && values.size >= seriesLimit) return;
    values.set(series, (values.get(series) ?? 0) + count);
  }

  /** The samples of a counter, sorted. */
  samples(name: string): readonly string[] {
    return [...this.#values.get(name) ?? []].map(([series, value]) => `${series} ${value}\n`)
      .sort();
  }
}
