/** The history of a CA: listed, verified, and followed. */
export { type HistoryOptions, type NamedEvent, readEvents } from "./list.ts";
export { type ExpectedCertificate, HistorySummary, Replay } from "./replay.ts";
export {
  type BrokenLine,
  ChainVerifier,
  verifyHistory,
  type VerifyHistoryReport,
} from "./verify.ts";
