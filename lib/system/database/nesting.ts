/** Transactions within transactions: only the outermost one begins and commits. */

/** How a connection begins and ends a transaction. */
interface Steps {
  readonly begin: () => Promise<void> | void;
  readonly commit: () => Promise<void> | void;
  readonly rollBack: () => Promise<void> | void;
}

/** Counts the transactions of one connection that are open, one within the other. */
export class Nesting {
  #depth = 0;

  /** Whether a transaction is open. */
  get isOpen(): boolean {
    return this.#depth > 0;
  }

  /** Does work in a transaction, or as a part of the one that is open. See `SqlDatabase.transaction`. */
  async run<T>(work: () => Promise<T>, { begin, commit, rollBack }: Steps): Promise<T> {
    if (this.#depth === 0) await begin();
    this.#depth++;
    let value: T;
    try {
      value = await work();
    } catch (error) {
      this.#depth--;
      if (this.#depth === 0) await rollBack();
      throw error;
    }
    this.#depth--;
    if (this.#depth === 0) await commit();
    return value;
  }
}
