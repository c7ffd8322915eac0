/** `certswap rotate`: checks whether there is anything to do, and only then loads the rest. */
import type { PairConfiguration } from "../../device/configuration/mod.ts";
import { lookForRest, type RotationResult } from "../../device/rotation/mod.ts";
import { attemptAsync } from "../../system/mod.ts";
import { type Outcome, outcomeOf } from "../print/mod.ts";
import { namedPairs, type RotateFlags } from "./rotate_flags.ts";
import { configuration } from "../declaration/mod.ts";
import { builtOf, type World } from "../world.ts";

/**
 * `certswap rotate`. Most runs from cron find nothing to do. The code for a rotation is loaded only if there
 * is something to do.
 */
export default async function rotate(world: World, flags: RotateFlags): Promise<Outcome> {
  const resting = await atRest(world, flags);
  if (resting !== undefined) return resting;
  const { rotateDue } = await import("./rotate_due.ts");
  return await rotateDue(world, flags);
}

/**
 * The result if no pair has anything to do; `undefined` if there is work or other flags need it. Reads only.
 *
 * @throws the errors of reading the configuration.
 */
async function atRest(world: World, flags: RotateFlags): Promise<Outcome | undefined> {
  if (flags.dryRun || flags.force || flags.metrics !== undefined) return undefined;
  const read = await configuration(world, flags.config);
  if (read.metrics !== undefined) return undefined;
  const results: RotationResult[] = [];
  for (const pair of namedPairs(read, flags)) {
    const result = await restOf(world, pair);
    if (result === undefined) return undefined;
    results.push(result);
  }
  return {
    ...outcomeOf(results, { now: world.system.clock.now() }),
    isLogged: flags.log === "json",
  };
}

/** The result if the pair has nothing to do. After an error there is something to do: to report it. */
async function restOf(
  world: World,
  pair: PairConfiguration,
): Promise<RotationResult | undefined> {
  return await attemptAsync(() =>
    lookForRest(world.system, pair, { built: builtOf(world), force: false })
  );
}
