/** How many certificates there are, counted at most once a minute. */
import { type CertificateCounts, takeStock } from "../../ca/inventory/mod.ts";
import { attemptAsync, minute } from "../../system/mod.ts";
import type { ServerContext } from "../context.ts";

/** Counts the certificates of a CA. */
export class Inventory {
  readonly #context: ServerContext;
  #known: { readonly at: number; readonly counts: CertificateCounts } | undefined;
  #running: Promise<CertificateCounts | undefined> | undefined;

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /** The numbers, at most a minute old; `undefined` if the CA cannot be read. */
  async counts(): Promise<CertificateCounts | undefined> {
    const now = this.#context.system.clock.now().getTime();
    if (this.#known !== undefined && Math.abs(now - this.#known.at) < minute) {
      return this.#known.counts;
    }
    this.#running ??= attemptAsync(() => this.#count()).finally(() => this.#running = undefined);
    const counts = await this.#running;
    if (counts !== undefined) this.#known = { at: now, counts };
    return counts;
  }

  async #count(): Promise<CertificateCounts> {
    const { store, system: { clock } } = this.#context;
    const options = { now: clock.now(), pause: () => clock.sleep(0) };
    return (await takeStock(store, options)).counts;
  }
}
