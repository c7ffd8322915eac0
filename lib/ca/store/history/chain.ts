/** The chain of a CA's history: each line holds the hash of the one before it. */
import { formatTime, sha256Hex, type System } from "../../../system/mod.ts";
import { BadHistoryError } from "../../errors.ts";
import { requesterOf } from "./actor.ts";
import { type EventContent, type EventOrigin, formatEvent, parseEvent } from "./event.ts";

/** The newest entry of a history. */
export interface HistoryHead {
  readonly sequence: number;
  /** The hash of its line, see {@linkcode hashOfLine}. */
  readonly hash: string;
}

/** The hash before the first line. */
export const noHash = "0".repeat(64);

/**
 * The hash of a line: SHA-256 over its UTF-8 bytes and the newline after it, 64 lowercase hexadecimal digits.
 *
 * @param line without its newline.
 */
export async function hashOfLine(line: string): Promise<string> {
  return await sha256Hex(new TextEncoder().encode(`${line}\n`));
}

/**
 * The head of a history that ends with this line.
 *
 * @param line without its newline.
 * @param place where the line is, for errors.
 * @throws BadHistoryError if it is not an entry.
 */
export async function headAt(
  line: string,
  place: { readonly path: string; readonly line: number },
): Promise<HistoryHead> {
  const event = parseEvent(line);
  if (event === undefined) throw new BadHistoryError(place.path, place.line);
  return { sequence: event.sequence, hash: await hashOfLine(line) };
}

/**
 * Collects what one change adds to the history.
 *
 * A store adds an entry for each operation of a change, and writes the lines in the same transaction.
 */
export class EventLog {
  readonly #origin: () => EventOrigin;
  #contents: EventContent[] = [];

  /** @param actor who makes the change, if it is not the user of this process. */
  constructor(system: System, actor?: string | undefined) {
    this.#origin = () => ({
      time: formatTime(system.clock.now()),
      actor: actor ?? requesterOf(system),
      host: system.processes.hostName(),
    });
  }

  /** Adds an entry at the end. */
  add(content: EventContent): void {
    this.#contents.push(content);
  }

  /** Removes entries that were added. */
  leaveOut(contents: ReadonlySet<EventContent>): void {
    this.#contents = this.#contents.filter((one) => !contents.has(one));
  }

  /** What was added. */
  get contents(): readonly EventContent[] {
    return this.#contents;
  }

  /** The machine that makes the change. */
  get host(): string {
    return this.#origin().host;
  }

  get isEmpty(): boolean {
    return this.#contents.length === 0;
  }

  /**
   * The lines of the entries, without newlines.
   *
   * @param head of the history so far; `undefined` if there is none.
   * @param first entries to put before the others: the start of a history.
   */
  async link(
    head: HistoryHead | undefined,
    first: readonly EventContent[] = [],
  ): Promise<readonly string[]> {
    const origin = this.#origin();
    const lines: string[] = [];
    let { sequence, hash: previous } = head ?? { sequence: 0, hash: noHash };
    for (const content of [...first, ...this.#contents]) {
      const before = lines.at(-1);
      if (before !== undefined) previous = await hashOfLine(before);
      lines.push(formatEvent({ ...content, ...origin, sequence: ++sequence, previous }));
    }
    return lines;
  }
}
