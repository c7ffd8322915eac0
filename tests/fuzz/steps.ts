/** Counts the steps of code, so that a test of its growth does not depend on a clock. */
import { Session } from "node:inspector/promises";

/** Flags for V8: without them it loses the counts of code that it optimizes or discards. */
export const v8Flags = [
  "--no-opt",
  "--no-maglev",
  "--no-sparkplug",
  "--no-flush-bytecode",
] as const;

/** V8's precise coverage of one script (Chrome DevTools protocol, Profiler.ScriptCoverage). */
interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
}

/** Counts how many blocks of the code below `lib/`, and of the parsers it uses, are entered. */
export class StepCounter {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  /**
   * Starts counting in all code that is compiled from now on. To be called once in a process; it cannot be
   * stopped.
   */
  static async start(): Promise<StepCounter> {
    const session = new Session();
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    return new StepCounter(session);
  }

  /**
   * Counts the steps of `work`: every call, every branch, every round of a loop. The same input gives the
   * same count in every run. Work of the engine itself, such as matching a regular expression, is not
   * counted: the lint rule `certswap/linear-regex` covers it.
   *
   * @param work may throw.
   */
  async count(work: () => unknown): Promise<number> {
    await this.#take();
    try {
      await work();
    } catch {
      // An error also counts as an answer.
    }
    const scripts = await this.#take();
    return scripts.filter(({ url }) => /\/lib\/[a-z0-9]+\/|\/smol-toml\/|\/valibot\//.test(url))
      .flatMap(({ functions }) => functions)
      .flatMap(({ ranges }) => ranges)
      .reduce((sum, { count }) => sum + count, 0);
  }

  /** The count since the last call. */
  async #take(): Promise<readonly ScriptCoverage[]> {
    const { result } = await this.#session.post("Profiler.takePreciseCoverage") as unknown as {
      readonly result: readonly ScriptCoverage[];
    };
    return result;
  }
}
