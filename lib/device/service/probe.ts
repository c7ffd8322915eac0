/** Looking at a service until it uses the active pair, or the deadline comes. */
import type { System } from "../../system/mod.ts";
import { probePause } from "../retry.ts";
import { look, lookLimit } from "./look/mod.ts";
import type { ProbeConfiguration } from "./probe_kinds.ts";
import type { ExpectedPair, ProbeSight } from "./sight.ts";
import { probing } from "./stop.ts";

/**
 * Looks once.
 *
 * @throws ProbeStoppedError
 */
export async function lookOnce(
  system: System,
  configuration: ProbeConfiguration,
  expected: ExpectedPair,
): Promise<ProbeSight> {
  return await probing(
    system,
    (stopOr) =>
      look(system, configuration, { expected, stopOr, timeLimit: configuration.deadline }),
  );
}

/**
 * Looks until the service uses a pair, or the deadline of the probe comes: a service that reloads may go on
 * with the old one for a moment, and one that restarts is away meanwhile.
 *
 * @returns the last sight. Its error says for how long the probe was repeated.
 * @throws ProbeStoppedError
 */
export async function probe(
  system: System,
  configuration: ProbeConfiguration,
  expected: ExpectedPair,
): Promise<ProbeSight> {
  return await probing(system, async (stopOr) => {
    const { clock } = system;
    let left = configuration.deadline;
    for (let pause: number = probePause.first;; pause = Math.min(pause * 2, probePause.longest)) {
      const start = clock.now().getTime();
      const sight = await look(system, configuration, { expected, stopOr, timeLimit: left });
      if (sight.error === undefined) return sight;
      // The clock may be set meanwhile, by decades: a look takes no less than nothing, and no more than it
      // may.
      const longest = lookLimit(configuration, left);
      left -= Math.min(Math.max(0, clock.now().getTime() - start), longest) + pause;
      if (left <= 0) return { ...sight, error: sight.error.after(configuration.deadline) };
      await stopOr(clock.sleep(pause));
    }
  });
}
