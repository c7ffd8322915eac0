/** The two CAs of a rollover: their stores, and what is recorded. */
import { CertswapError, formatTime, type System } from "../../system/mod.ts";
import { type CaOptions, type ChangeReport, findCa } from "../ca.ts";
import { webCryptoKeys } from "../../x509/mod.ts";
import { currentSecond, requireUsableAuthority, type Root } from "../issue/mod.ts";
import { askEarly } from "../key/mod.ts";
import { type CaStore, openStore, type StoreChange } from "../store/mod.ts";
import {
  encodeRollover,
  openNext,
  readRollover,
  type RolloverPhase,
  type RolloverRecord,
} from "../succession/mod.ts";
import { refuse, type RolloverStep, RolloverUnfinishedError } from "./errors.ts";

/** Report of a step of a rollover. */
export interface RolloverReport extends ChangeReport {
  readonly phase: RolloverPhase;
  /** The data directory of the next CA, absolute. */
  readonly next: string;
  /** Whether the step had been made before. */
  readonly isUnchanged: boolean;
}

/** The store of the CA that is replaced, and what it has recorded. */
export interface Rollover {
  readonly store: CaStore;
  readonly record: RolloverRecord;
}

/**
 * Reads the rollover of a CA.
 *
 * @throws RolloverRefusedError if there is none; BadRolloverFileError, and the errors of `findCa`.
 */
export async function findRollover(
  system: System,
  { dataDirectory }: Pick<CaOptions, "dataDirectory">,
  step: RolloverStep,
): Promise<Rollover> {
  const store = await findCa(system, { dataDirectory });
  const record = await readRollover(store);
  if (record === undefined) refuse({ step, dataDirectory, next: undefined }, "none");
  return { store, record };
}

/**
 * The record within a change: another process may have made a step meanwhile.
 *
 * @throws RolloverRefusedError if there is none, or one with another CA.
 */
export async function recordIn(
  change: StoreChange,
  { next, step, dataDirectory }: {
    readonly next: string;
    readonly step: RolloverStep;
    readonly dataDirectory: string;
  },
): Promise<RolloverRecord> {
  const record = await readRollover(change);
  if (record === undefined) refuse({ step, dataDirectory, next: undefined }, "none");
  if (record.next !== next) refuse({ step, dataDirectory, next: record.next }, "other-next");
  return record;
}

/** Records a phase, as a part of a change of the CA that is replaced. */
export async function enter(
  system: System,
  change: StoreChange,
  record: RolloverRecord,
): Promise<RolloverRecord> {
  const entered = { ...record, since: formatTime(currentSecond(system)) };
  await change.replaceRollover(encodeRollover(entered));
  change.note({ kind: "rollover", to: entered.phase, name: entered.next });
  return entered;
}

/** Opens both stores of a rollover. @throws NextCaUnusableError */
export async function openBoth(
  system: System,
  { dataDirectory }: Pick<CaOptions, "dataDirectory">,
  record: RolloverRecord,
): Promise<{ readonly old: CaStore; readonly next: CaStore }> {
  const old = await openStore(system, { dataDirectory });
  return { old, next: await openNext(system, record, dataDirectory) };
}

/** Checks that a CA can sign now: a step that needs it later would stop half-way. */
export async function requireAbleNow(
  system: System,
  { store, root, options }: {
    readonly store: CaStore;
    readonly root: Root;
    readonly options: Pick<CaOptions, "keys" | "passphrase">;
  },
): Promise<void> {
  const { keys = webCryptoKeys } = options;
  const passphrase = await askEarly(store, options);
  await requireUsableAuthority({ store, keys, passphrase }, { root, now: currentSecond(system) });
}

/** What is known of a step that changes two CAs, one after the other. */
export class Progress {
  readonly #step: RolloverStep;
  readonly #dataDirectory: string;
  #hasChanged = false;

  constructor(step: RolloverStep, dataDirectory: string) {
    this.#step = step;
    this.#dataDirectory = dataDirectory;
  }

  /** One of the CAs was changed. */
  noteChange(): void {
    this.#hasChanged = true;
  }

  /** Does work. @throws RolloverUnfinishedError if it fails after {@linkcode noteChange}. */
  async around<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const isUnfinished = this.#hasChanged && cause instanceof CertswapError;
      if (!isUnfinished) throw cause;
      const [step, dataDirectory] = [this.#step, this.#dataDirectory];
      throw new RolloverUnfinishedError({ step, dataDirectory }, { cause });
    }
  }
}
