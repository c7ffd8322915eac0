/** Verifies the chain of a CA's history. */
import type { System } from "../../system/mod.ts";
import { findCa } from "../ca.ts";
import {
  type CaLocation,
  hashOfLine,
  type HistoryHead,
  type HistoryLine,
  noHash,
} from "../store/mod.ts";

/** What is wrong with a line. */
export type LineFault = "not-an-entry" | "sequence" | "hash" | "start";

/** A line that does not follow from the one before it. */
export interface BrokenLine {
  /** Where it is: `history.jsonl:12`. */
  readonly place: string;
  readonly reason: LineFault;
}

/** Verifies lines one after the other, from the first one on. */
export class ChainVerifier {
  #head: HistoryHead = { sequence: 0, hash: noHash };
  #isKnown = true;

  /** @returns what is wrong with this line. After that, the next one is compared with it. */
  async add({ text, event, place }: HistoryLine): Promise<BrokenLine | undefined> {
    const before = this.#head;
    const wasKnown = this.#isKnown;
    this.#isKnown = event !== undefined;
    this.#head = { sequence: event?.sequence ?? before.sequence, hash: await hashOfLine(text) };
    if (event === undefined) return { place, reason: "not-an-entry" };
    const isNext = event.sequence === before.sequence + 1;
    const isLinked = event.previous === before.hash;
    if (isLinked && (isNext || !wasKnown)) return undefined;
    if (before.sequence === 0 && wasKnown) return { place, reason: "start" };
    return { place, reason: isNext ? "hash" : "sequence" };
  }

  /** The last line so far; `undefined` if there was none. */
  get head(): HistoryHead | undefined {
    return this.#head.hash === noHash ? undefined : this.#head;
  }
}

/** Options of `ca history verify`. */
export interface VerifyHistoryOptions extends CaLocation {
  /** The hash of an entry that was kept elsewhere, 64 hexadecimal digits. */
  readonly head: string | undefined;
}

/** Report of `ca history verify`. */
export interface VerifyHistoryReport {
  /** How many lines there are. */
  readonly entries: number;
  /** The newest one; `undefined` if there is no history. */
  readonly head: HistoryHead | undefined;
  /** The first broken lines, and how many there are. */
  readonly broken: readonly BrokenLine[];
  readonly brokenCount: number;
  /**
   * The sequence number of the entry with the given hash; `undefined` if there is none, or none was given.
   */
  readonly found: number | undefined;
}

/** How many broken lines are reported one by one. */
const shownLines = 20;

/** Verifies the history of a CA, and looks for a head that was kept elsewhere. Takes no lock. */
export async function verifyHistory(
  system: System,
  options: VerifyHistoryOptions,
): Promise<VerifyHistoryReport> {
  const store = await findCa(system, options);
  const verifier = new ChainVerifier();
  const broken: BrokenLine[] = [];
  let [entries, brokenCount] = [0, 0];
  let found: number | undefined;
  for await (const page of store.history()) {
    for (const line of page) {
      entries++;
      const fault = await verifier.add(line);
      if (fault !== undefined && brokenCount++ < shownLines) broken.push(fault);
      if (verifier.head?.hash === options.head) found = line.event?.sequence;
    }
  }
  return { entries, head: verifier.head, broken, brokenCount, found };
}
