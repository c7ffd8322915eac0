/** The history of a CA: its entries, and how they are chained. Every kind of store keeps the same lines. */
export { requesterOf } from "./actor.ts";
export { EventLog, hashOfLine, headAt, type HistoryHead, noHash } from "./chain.ts";
export {
  type EventContent,
  type EventKind,
  eventKinds,
  type HistoryEvent,
  parseEvent,
  toJson,
} from "./event.ts";
export {
  adoptEvent,
  crlEvent,
  issueEvents,
  keyEvent,
  mendEvents,
  startEvents,
  takeoverEvents,
} from "./events.ts";
export {
  type HistoryFilter,
  type HistoryLine,
  type HistoryReading,
  isSelected,
  selectsAll,
} from "./line.ts";
