/** Evaluates alert rules over time with Prometheus' own promtool. */
import { join } from "../../lib/system/mod.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { tool } from "./tools.ts";

/** The rules that certswap ships. */
export const rulesPath = new URL("../../docs/alerts/certswap.rules.yml", import.meta.url).pathname;

/** The text of the metrics at a time; `undefined`: there are none. */
export interface Scrape {
  readonly at: Date;
  readonly text: string | undefined;
}

/** The labels that a scrape of one machine adds. */
const labels = 'instance="device:9100",job="node"';

/** Which alerts are expected to fire: with the last scrape, or at any time before it. */
export interface Expected {
  readonly firing: readonly string[];
  /** All alerts that have fired. `undefined`: not checked. */
  readonly ever?: readonly string[];
}

/**
 * Runs promtool, which evaluates the rules at each scrape and checks which alerts fire. All scrapes are of
 * one machine, at equal intervals.
 *
 * @throws Error with promtool's description of the difference.
 */
export async function judgeAlerts(
  scrapes: readonly Scrape[],
  { firing, ever }: Expected,
): Promise<void> {
  const [first, second] = scrapes;
  if (first === undefined || second === undefined) throw new Error("too few scrapes");
  const seconds = (second.at.getTime() - first.at.getTime()) / 1000;
  const end = `${(scrapes.length - 1) * seconds}s`;
  const expectation = (expr: string, names: readonly string[]) => ({
    expr: `count by (alertname) (${expr}) > bool 0`,
    eval_time: end,
    exp_samples: names.map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
  });
  const fires = 'ALERTS{alertstate="firing"}';
  const test = {
    "rule_files": [rulesPath],
    "evaluation_interval": `${seconds}s`,
    tests: [{
      interval: `${seconds}s`,
      input_series: seriesOf(scrapes),
      promql_expr_test: [
        expectation(fires, firing),
        ...(ever === undefined ? [] : [expectation(`count_over_time(${fires}[${end}])`, ever)]),
      ],
    }],
  };
  await withTemporaryDirectory(async (root) => {
    const path = join(root, "test.json");
    // JSON is YAML.
    Deno.writeTextFileSync(path, JSON.stringify(test));
    await tool("promtool", "test", "rules", path);
  });
}

/** The series of all samples, in promtool's notation. Its tests begin at 1970, so do these. */
function seriesOf(
  scrapes: readonly Scrape[],
): readonly { readonly series: string; readonly values: string }[] {
  const beginning = (scrapes[0]?.at.getTime() ?? 0) / 1000;
  const all = new Map<string, string[]>([[`up{${labels}}`, scrapes.map(() => "1")]]);
  for (const [index, { text = "" }] of scrapes.entries()) {
    for (const line of text.split("\n")) {
      const [, name = "", own = "", value = ""] =
        /^([a-z_]+)\{([^{}]*)\} (-?[0-9.]+)$/.exec(line) ?? [];
      if (name === "") continue;
      const series = `${name}{${own},${labels}}`;
      const values = all.get(series) ?? scrapes.map(() => "_");
      values[index] = name.endsWith("_timestamp_seconds") ? `${Number(value) - beginning}` : value;
      all.set(series, values);
    }
  }
  return [...all].map(([series, values]) => ({ series, values: values.join(" ") }));
}
