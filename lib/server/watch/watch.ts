/** Keeps the view of a CA up to date, also with what other processes change. */
import { CertswapError, type System } from "../../system/mod.ts";
import type { CaStore } from "../../ca/store/mod.ts";
import type { OnServerEvent } from "../event.ts";
import { type CaView, readView } from "./view.ts";

/** How often to ask for changes, in milliseconds: they are to be seen within a second. */
export const watchInterval = 500;

/** The CA, as it was read last. */
export class CaWatch {
  readonly #system: System;
  readonly #store: CaStore;
  readonly #onEvent: OnServerEvent;
  #view: CaView;
  #failure: CertswapError | undefined;
  /** Whether this process has changed the CA since it was read. */
  #isOwnChange = false;

  private constructor(
    system: System,
    { store, view, onEvent }: {
      readonly store: CaStore;
      readonly view: CaView;
      readonly onEvent: OnServerEvent;
    },
  ) {
    this.#system = system;
    this.#store = store;
    this.#view = view;
    this.#onEvent = onEvent;
  }

  /** Reads the CA for the first time. @throws the errors of reading it. */
  static async start(
    system: System,
    { store, onEvent }: { readonly store: CaStore; readonly onEvent: OnServerEvent },
  ): Promise<CaWatch> {
    const view = await readView(system, store, { now: system.clock.now(), before: undefined });
    return new CaWatch(system, { store, view, onEvent });
  }

  /** What was read last. */
  get view(): CaView {
    return this.#view;
  }

  /** Why the CA cannot be read now; `undefined` if it can. */
  get failure(): CertswapError | undefined {
    return this.#failure;
  }

  /** Called after a change that this process has made: it is reported otherwise, so reading it is not. */
  noteOwnChange(): void {
    this.#isOwnChange = true;
  }

  /**
   * Reads the CA again if it has changed. If that fails, the last view stays.
   *
   * @returns whether there is a new view.
   */
  async refresh(): Promise<boolean> {
    try {
      if (await this.#isCurrent() && this.#failure === undefined) return false;
      this.#view = await readView(this.#system, this.#store, {
        now: this.#system.clock.now(),
        before: this.#view,
      });
      const isReported = this.#failure !== undefined || !this.#isOwnChange;
      this.#failure = undefined;
      this.#isOwnChange = false;
      if (isReported) this.#onEvent({ event: "ca-read" });
      return true;
    } catch (error) {
      if (!(error instanceof CertswapError)) throw error;
      // Reported once, not twice a second.
      const isNew = this.#failure?.message !== error.message;
      this.#failure = error;
      if (isNew) this.#onEvent({ event: "ca-unreadable", error });
      return false;
    }
  }

  /** Whether neither the CA nor the one that issues instead of it has changed. */
  async #isCurrent(): Promise<boolean> {
    const { generation, successor } = this.#view;
    if (await this.#store.generation() !== generation) return false;
    return successor === undefined ||
      await successor.store.generation() === successor.generation;
  }

  /** Reads everything anew, also the settings of the CA that issues. */
  async reload(): Promise<void> {
    this.#view = { ...this.#view, generation: "", successor: undefined };
    await this.refresh();
  }

  /** Refreshes until the signal is raised. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.refresh();
      await this.#system.clock.sleep(watchInterval, signal);
    }
  }
}
