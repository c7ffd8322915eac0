/** Limits guesses at secrets, by address and by secret. */
import type { Clock } from "../../system/mod.ts";
import { idOfSecret } from "../../ca/enrol/mod.ts";
import { RequestRate } from "../web/mod.ts";

/** How many wrong secrets an address, and a secret, may see in a minute. */
const perMinute = 10;

/** Failures of the last minutes. A secret has 128 random bits: this keeps the log and the CA calm. */
export class Failures {
  readonly #byClient: RequestRate;
  readonly #byToken: RequestRate;

  constructor(clock: Clock) {
    this.#byClient = new RequestRate(clock, perMinute);
    this.#byToken = new RequestRate(clock, perMinute);
  }

  /** Whether one more secret may be tried. */
  mayTry(client: string, secret: string): boolean {
    const id = idOfSecret(secret);
    return this.#byClient.isOpen(client) && (id === undefined || this.#byToken.isOpen(id));
  }

  /** A secret was wrong. */
  record(client: string, secret: string): void {
    this.#byClient.take(client);
    const id = idOfSecret(secret);
    if (id !== undefined) this.#byToken.take(id);
  }
}
