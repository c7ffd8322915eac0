/** How far the replacement of the CA is, compared at most every few seconds. */
import { compareCas } from "../../ca/rollover/mod.ts";
import type { CaStore } from "../../ca/store/mod.ts";
import { openNext, type RolloverRecord } from "../../ca/succession/mod.ts";
import { attemptAsync, second } from "../../system/mod.ts";
import type { ServerContext } from "../context.ts";
import type { RolloverSight } from "../page/mod.ts";

/** For how long the numbers are kept, in milliseconds; and how many times as long as it takes to get them. */
const shortest = 5 * second;
const restFactor = 20;

/** What was counted last. */
interface Known {
  readonly of: string;
  readonly at: number;
  /** How long it took, in milliseconds. */
  readonly cost: number;
  readonly status: RolloverSight["status"];
}

/**
 * Watches the replacement of the CA. The record is as new as the view. What both CAs have issued is compared
 * when the page or the metrics are asked for, and rests for twenty times as long as that takes. So it takes
 * at most a twentieth of the time with a million certificates, and only the first request waits for it.
 */
export class RolloverSource {
  readonly #context: ServerContext;
  #known: Known | undefined;
  #next: { readonly of: string; readonly store: CaStore } | undefined;
  #running: { readonly of: string; readonly done: Promise<void> } | undefined;

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /** How far it is; `undefined`: the CA is not being replaced. */
  async sight(): Promise<RolloverSight | undefined> {
    const { watch: { view: { rollover: record } }, system: { clock } } = this.#context;
    if (record === undefined || record.phase === "cancelled") return undefined;
    if (record.phase === "finished") return { record, status: undefined };
    const of = markOf(record);
    const known = this.#known?.of === of ? this.#known : undefined;
    const age = Math.abs(clock.now().getTime() - (known?.at ?? -Infinity));
    if (known === undefined || age >= Math.max(shortest, restFactor * known.cost)) {
      if (this.#running?.of !== of) this.#running = { of, done: this.#compare(record) };
      const { done } = this.#running;
      // What took long is not waited for again.
      if (known === undefined || known.cost < second) await done;
    }
    return { record, status: this.#known?.of === of ? this.#known.status : undefined };
  }

  async #compare(record: RolloverRecord): Promise<void> {
    const { system, store, directory: dataDirectory } = this.#context;
    const { clock } = system;
    const of = markOf(record);
    const start = clock.now().getTime();
    try {
      const status = await attemptAsync(async () =>
        await compareCas(system, {
          ...{ dataDirectory, record, store },
          next: await this.#open(record),
          pause: () => clock.sleep(0),
        })
      );
      if (status === undefined) this.#next = undefined;
      const at = clock.now().getTime();
      this.#known = { of, at, cost: Math.abs(at - start), status };
    } finally {
      if (this.#running?.of === of) this.#running = undefined;
    }
  }

  /** The store of the next CA: opened once, and again after a failure. */
  async #open(record: RolloverRecord): Promise<CaStore> {
    const of = markOf(record);
    if (this.#next?.of === of) return this.#next.store;
    const store = await openNext(this.#context.system, record, this.#context.directory);
    this.#next = { of, store };
    return store;
  }
}

/** Another one after each step. */
function markOf({ phase, since, nextKey }: RolloverRecord): string {
  return `${phase} ${since} ${nextKey}`;
}
