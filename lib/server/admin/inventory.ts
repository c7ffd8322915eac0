/** How many certificates there are, counted at most once a minute. */
import { attemptAsync, day, formatTime, minute } from "../../system/mod.ts";
import type { ServerContext } from "../context.ts";

/** How long before the end a certificate counts as expiring. */
const soon = 30 * day;

/** Numbers of certificates. */
export interface CertificateCounts {
  /** Within their validity, and not revoked. */
  readonly active: number;
  readonly revoked: number;
  readonly expired: number;
  /** Active ones that end within 30 days. */
  readonly expiring: number;
}

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
    const { store, system } = this.#context;
    const now = system.clock.now();
    const [today, limit] = [formatTime(now), formatTime(new Date(now.getTime() + soon))];
    const counts = { active: 0, revoked: 0, expired: 0, expiring: 0 };
    for await (const page of store.pages()) {
      for (const { status, notAfter } of page) {
        if (status === "revoked") counts.revoked++;
        else if (notAfter < today) counts.expired++;
        else {
          counts.active++;
          if (notAfter <= limit) counts.expiring++;
        }
      }
    }
    return counts;
  }
}
