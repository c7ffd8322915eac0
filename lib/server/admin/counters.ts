/** Counts what a server does, for metrics. */
import { seriesWith } from "../../protocol/prometheus/mod.ts";

/** The most series of one counter. Labels must not come from clients; a mistake must not fill the memory. */
const seriesLimit = 1000;

/** Counters by name and labels. */
export class Counters {
  /** By name, then by labels: their series are written once. */
  readonly #values = new Map<string, Map<string, { readonly series: string; value: number }>>();

  /**
   * Counts.
   *
   * @param name without the prefix, as in the list of metrics.
   * @param labels few different values each.
   */
  add(name: string, labels: Readonly<Record<string, string>>, count = 1): void {
    let values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, values = new Map());
    let key = "";
    for (const label in labels) key += `${label}=${labels[label]}\n`;
    const known = values.get(key);
    if (known !== undefined) known.value += count;
    else if (values.size < seriesLimit) {
      values.set(key, { series: seriesWith(name, labels), value: count });
    }
  }

  /** The samples of a counter, sorted. */
  samples(name: string): readonly string[] {
    return [...this.#values.get(name)?.values() ?? []]
      .map(({ series, value }) => `${series} ${value}\n`).sort();
  }
}
