/** Which CA issues certificates while one CA replaces another. */
export { IssuerChangedError } from "./errors.ts";
export {
  findIssuingCa,
  isNextIssuing,
  type IssuingCa,
  nextDirectories,
  openNext,
  requireIssuing,
  whileIssuing,
  withIssuingCa,
} from "./issuing_ca.ts";
export {
  encodeRollover,
  readRollover,
  type RolloverPhase,
  rolloverPhases,
  type RolloverRecord,
} from "./record.ts";
