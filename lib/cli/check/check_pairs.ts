/** `certswap status --check`: checks one pair or all configured pairs, and prints one line. */
import { type Configuration, placesOf } from "../../device/configuration/mod.ts";
import {
  checkPair,
  type CheckState,
  type PairCheck,
  type Surroundings,
  worstState,
} from "../../device/status/mod.ts";
import { CertswapError } from "../../system/mod.ts";
import { loadJudgeBy, type SelectedPair } from "../declaration/mod.ts";
import { type GivenFlags, repeatFlags } from "../given_flags.ts";
import type { Outcome } from "../print/mod.ts";
import { lengthText } from "../text.ts";
import type { World } from "../world.ts";
import { checkLine, exitCodeOfCheck } from "./line.ts";
import {
  type CheckedPair,
  type Describe,
  pairText,
  performanceData,
  unreadText,
} from "./pair_text.ts";

/**
 * Checks the selected pair, or every pair of the configuration. The worst state counts.
 *
 * @param options `around`: mounts and free space for these pairs; `given`: the flags that selected them.
 * @throws errors that are not about a single pair.
 */
export async function checkPairs(
  world: World,
  { selected, around, given }: {
    readonly selected: SelectedPair | Configuration;
    readonly around: Surroundings;
    readonly given: GivenFlags;
  },
): Promise<Outcome> {
  const pairs = "pairs" in selected
    ? await Promise.all(selected.pairs.map((pair) => checkConfigured(world, pair, around)))
    : [await checkSelected(world, selected, around)];
  const state = worstState(pairs.map(({ check }) => check.state));
  const describe = await describeFor(pairs);
  const text = pairs.length === 1
    ? pairs.map((pair) => pairText(pair, describe)).join()
    : textOfAll(pairs, describe);
  const line = checkLine(state, repeatFlags(text, given), pairs.flatMap(performanceData));
  return {
    exit: exitCodeOfCheck[state],
    json: { state, line, pairs: pairs.map((pair) => toJson(pair, describe)) },
    lines: [line],
  };
}

async function checkSelected(
  { system }: World,
  { paths, configured }: SelectedPair,
  around: Surroundings,
): Promise<CheckedPair> {
  if (configured === undefined) {
    const check = await checkOrFinding(() => checkPair(system, paths, { around }));
    return { name: paths.certificate, label: "time_left", check };
  }
  return await checkConfigured({ system }, configured, around);
}

async function checkConfigured(
  { system }: Pick<World, "system">,
  configured: Configuration["pairs"][number],
  around: Surroundings,
): Promise<CheckedPair> {
  const { name, paths, renewBefore } = configured;
  const judge = (await loadJudgeBy())(configured);
  const check = await checkOrFinding(() =>
    checkPair(system, paths, { around, renewBefore, judge, places: placesOf(configured) })
  );
  return { name, label: `${name}_time_left`, check };
}

/** Turns the error of one pair into a finding, so that the other pairs are still checked. */
async function checkOrFinding(check: () => Promise<PairCheck>): Promise<PairCheck> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    const state = isUnusable(error) ? "critical" : "unknown";
    return { state, findings: [{ state, kind: "other", error }], time: undefined };
  }
}

/** Whether services cannot read the pair either. */
function isUnusable({ code }: CertswapError): boolean {
  return [
    "dangling-link",
    "link-loop",
    "missing-directory",
    "mount-required",
    "wrong-file-kind",
  ].includes(code);
}

/** Loads messages only if they are needed. */
async function describeFor(pairs: readonly CheckedPair[]): Promise<Describe> {
  const hasErrors = pairs.some(({ check }) =>
    check.findings.some(({ error }) => error !== undefined)
  );
  if (!hasErrors) return () => ({ code: "", message: "" });
  return (await import("../messages/mod.ts")).describe;
}

function textOfAll(pairs: readonly CheckedPair[], describe: Describe): string {
  const count = `${pairs.length} pairs`;
  const bad = pairs.filter(({ check }) => check.state !== "ok");
  if (bad.length === 0) return `${count}, ${firstToExpire(pairs)}`;
  const byState = Object.groupBy(pairs, ({ check }) => check.state);
  const counts = (["critical", "warning", "unknown", "ok"] as const).flatMap((state: CheckState) =>
    byState[state] === undefined ? [] : [`${byState[state].length} ${state}`]
  );
  const worstFirst = bad.toSorted((a, b) => exitRank(a.check.state) - exitRank(b.check.state));
  return `${count}: ${counts.join(", ")}; ${
    worstFirst.map((pair) => pairText(pair, describe)).join("; ")
  }`;
}

const exitRank = (state: CheckState): number =>
  ["critical", "warning", "unknown", "ok"].indexOf(state);

function firstToExpire(pairs: readonly CheckedPair[]): string {
  const unread = unreadText(pairs.flatMap(({ check }) => check.findings));
  const [first] = pairs.flatMap(({ name, check: { time } }) =>
    time === undefined ? [] : [{ name, time }]
  )
    .toSorted((a, b) => a.time.left - b.time.left);
  return first === undefined
    ? `no problems found${unread}`
    : `the first to expire is ${first.name} in ${lengthText(first.time.left)}${unread}`;
}

function toJson(
  pair: CheckedPair,
  describe: Describe,
): { name: string; state: string; text: string } {
  return { name: pair.name, state: pair.check.state, text: pairText(pair, describe) };
}
