/** Counts the steps that code takes, so that a test of its growth depends on no clock. */
import { Session } from "node:inspector/promises";

/** V8's precise coverage of one script (Chrome DevTools protocol, Profiler.ScriptCoverage). */
interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
}

/**
 * How many blocks of the code below `lib/` (and of the packages it uses) `work` enters: every call, every round
 * of a loop. The same for the same input in every run. What the engine does by itself, such as matching a
 * regular expression, is not counted: `certswap/linear-regex` of `deno lint` watches over that.
 *
 * @param work Throwing is an answer like any other.
 */
export async function countSteps(work: () => unknown): Promise<number> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    await session.post("Profiler.takePreciseCoverage");
    try {
      await work();
    } catch {
      // Counted all the same.
    }
    const { result } = await session.post("Profiler.takePreciseCoverage") as unknown as {
      readonly result: readonly ScriptCoverage[];
    };
    return result.filter(({ url }) => /\/lib\/[a-z0-9]+\/|\/smol-toml\/|\/valibot\//.test(url))
      .flatMap(({ functions }) => functions)
      .flatMap(({ ranges }) => ranges)
      .reduce((sum, { count }) => sum + count, 0);
  } finally {
    session.disconnect();
  }
}
