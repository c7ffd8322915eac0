/** Issues certificates for requests that arrive together in one change of the CA: a group commit. */
import { type Application, enrol, type EnrolmentResult } from "../../ca/enrol/mod.ts";
import { currentSecond } from "../../ca/issue/mod.ts";
import { webCryptoKeys } from "../../x509/mod.ts";
import type { StoreChange } from "../../ca/store/mod.ts";
import type { ServerContext } from "../context.ts";
import { TooBusyError } from "../errors.ts";
import { changeOf, type Issuer } from "../issuer.ts";

/** The most applications of one change: the lock is held for tens of milliseconds, not longer. */
const batchLimit = 100;

/** The most applications that wait for their turn. */
const queueLimit = 1000;

/**
 * Under load, a batch waits as long as further applications keep arriving: a part of the time that the last
 * change took each time, and no longer than that change together. Each change has a fixed cost, and more
 * applications then share it. In milliseconds; a slow disk must not make clients wait for longer than `most`.
 */
const gathering = { leastPause: 3, part: 8, least: 30, most: 250 } as const;

/** An application, and who waits for its result. */
interface Waiting {
  readonly application: Application;
  /** The CA by which its proof was judged. */
  readonly issuer: Issuer;
  readonly resolve: (result: EnrolmentResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The queue of applications. While one change is being committed, applications for the next one collect:
 * the more arrive, the more share one fsync. A result is passed on only after the commit.
 */
export class EnrolmentQueue {
  readonly #context: ServerContext;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  /** The last change: for how many applications, how long it took, and when it ended. Milliseconds. */
  #last = { count: 0, took: 0, ended: -Infinity };

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /**
   * Waits for the result of an application. What it says is durable.
   *
   * @param issuer by which its proof was judged.
   * @throws TooBusyError; IssuerChangedError if another CA issues meanwhile; and the errors of changing the
   * CA: then nothing was issued.
   */
  async submit(application: Application, issuer: Issuer): Promise<EnrolmentResult> {
    if (this.#waiting.length >= queueLimit) throw new TooBusyError();
    const { promise, resolve, reject } = Promise.withResolvers<EnrolmentResult>();
    this.#waiting.push({ application, issuer, resolve, reject });
    this.#running ??= this.#run();
    return await promise;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#gather();
      const issuer = this.#waiting[0]?.issuer;
      if (issuer === undefined) break;
      const { dataDirectory } = issuer.ca;
      const isOther = (one: Waiting): boolean => one.issuer.ca.dataDirectory !== dataDirectory;
      const end = this.#waiting.slice(0, batchLimit).findIndex(isOther);
      const batch = this.#waiting.splice(0, end < 0 ? batchLimit : end);
      const start = performance.now();
      try {
        const results = await this.#commit(batch.map(({ application }) => application), issuer);
        const again: Waiting[] = [];
        for (const [index, waiting] of batch.entries()) {
          const result = results[index] ?? { is: "again" };
          if (result.is === "again") again.push(waiting);
          else waiting.resolve(result);
        }
        this.#waiting.unshift(...again);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      const ended = performance.now();
      this.#last = { count: batch.length, took: ended - start, ended };
    }
    this.#running = undefined;
  }

  /**
   * An application that is alone is not delayed. If many were answered a moment ago, the next ones are still
   * connecting: then the first of them is not alone.
   */
  async #gather(): Promise<void> {
    const { least, most, leastPause, part } = gathering;
    const { count, took, ended } = this.#last;
    const all = Math.min(Math.max(took, least), most);
    const pause = Math.max(all / part, leastPause);
    const isBusy = count > 1 && performance.now() - ended < all;
    let known = isBusy ? 0 : 1;
    for (let waited = 0; waited < all; waited += pause) {
      const { length } = this.#waiting;
      if (length <= known || length >= batchLimit) return;
      known = length;
      await this.#context.system.clock.sleep(pause);
    }
  }

  async #commit(
    applications: readonly Application[],
    issuer: Issuer,
  ): Promise<readonly EnrolmentResult[]> {
    const { system, ca: { passphrase }, counters, onEvent, watch } = this.#context;
    const work = (change: StoreChange): Promise<readonly EnrolmentResult[]> =>
      enrol(change, applications, {
        settings: issuer.settings,
        random: system.random,
        keys: webCryptoKeys,
        passphrase,
        now: currentSecond(system),
      });
    const { value, warnings } = await issuer.store.change(changeOf(this.#context, issuer, work));
    if (value.some((result) => "isNew" in result && result.isNew)) watch.noteOwnChange();
    counters.add("server_batches_total", {});
    for (const warning of warnings) onEvent({ event: "warning", warning });
    return value;
  }
}
