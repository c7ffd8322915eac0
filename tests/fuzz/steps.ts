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
   * Starts counting, in everything that is compiled from now on. Once in a process; it goes on to its
   * end.
   */
  static async start(): Promise<StepCounter> {
    const session = new Session();
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    return new StepCounter(session);
  }

  /**
   * Counts the steps of `work`: every call, every branch, every round of a loop. The same for the same
   * input in every run. What the engine does by itself, such as matching a regular expression, is not
   * counted: `certswap/linear-regex` of `deno lint` watches over that.
   *
   * @param work Throwing is an answer like any other.
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
