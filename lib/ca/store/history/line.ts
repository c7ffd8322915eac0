/** Lines of a history as a store reads them. */
import type { EventKind, HistoryEvent } from "./event.ts";

/** A line of the history. */
export interface HistoryLine {
  /** Without its newline. Untrusted. */
  readonly text: string;
  /** What it says; `undefined` if it is not an entry. */
  readonly event: HistoryEvent | undefined;
  /** Where it is: `history.jsonl:12`. For messages. */
  readonly place: string;
}

/** Selects entries of the history. An entry must match every field that is given. */
export interface HistoryFilter {
  /** Formatted by `formatSerial`. Also entries that name it as the newer certificate. */
  readonly serial?: string | undefined;
  readonly kind?: EventKind | undefined;
  /** Not before this time. RFC 3339, UTC, to the second. */
  readonly since?: string | undefined;
}

/** Which lines to read, and in which order. */
export interface HistoryReading extends HistoryFilter {
  /** The newest line first; the oldest by default. */
  readonly newestFirst?: boolean;
}

/** Whether a filter selects everything: then lines that are not entries are also read. */
export function selectsAll({ serial, kind, since }: HistoryFilter): boolean {
  return serial === undefined && kind === undefined && since === undefined;
}

/** Whether a filter selects an entry. */
export function isSelected(event: HistoryEvent, { serial, kind, since }: HistoryFilter): boolean {
  return (serial === undefined || event.serial === serial || event.supersededBy === serial) &&
    (kind === undefined || event.kind === kind) &&
    // In this form, times are in the order of their texts.
    (since === undefined || event.time >= since);
}
