/** Limits how often each client may ask. */
import { clientKey, type Clock, minute } from "../../system/mod.ts";

/** The most clients that are remembered: about a hundred bytes each. */
const clientLimit = 20_000;

/** What is left for a client. */
interface Bucket {
  left: number;
  at: number;
}

/**
 * Counts requests of clients: each may make `perMinute` together, and as many in each further minute. Clients
 * are told apart as in {@linkcode clientKey}.
 */
export class RequestRate {
  readonly #clock: Clock;
  readonly #perMinute: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /**
   * Counts a request.
   *
   * @returns 0 if it is allowed, else after how many seconds the next one will be.
   */
  take(client: string): number {
    const key = clientKey(client);
    const now = this.#clock.now().getTime();
    const known = this.#buckets.get(key);
    const left = known === undefined ? this.#perMinute : this.#refilled(known, now);
    // The oldest is first in the map, and forgotten first.
    this.#buckets.delete(key);
    this.#buckets.set(key, { left: left < 1 ? left : left - 1, at: now });
    this.#forget();
    return left < 1 ? Math.max(1, Math.ceil((1 - left) * 60 / this.#perMinute)) : 0;
  }

  /** Whether a client could ask now. Counts nothing. */
  isOpen(client: string): boolean {
    const known = this.#buckets.get(clientKey(client));
    return known === undefined || this.#refilled(known, this.#clock.now().getTime()) >= 1;
  }

  #refilled({ left, at }: Bucket, now: number): number {
    // The clock may have been set back: then nothing is refilled.
    const passed = Math.max(0, now - at) / minute;
    return Math.min(this.#perMinute, left + passed * this.#perMinute);
  }

  #forget(): void {
    if (this.#buckets.size <= clientLimit) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
