/** The certificates that a CA has issued: listing, finding and showing them, and their serial numbers. */
export { findSerial, readGivenCertificate } from "./given_certificate.ts";
export { type CertificateStatus, list, type ListedCertificate, openList } from "./list.ts";
export { nextSerial, raiseSerial } from "./next_serial.ts";
export { type HistoryEvent, show, type ShownCertificate } from "./show.ts";
export {
  type CertificateCounts,
  deviceOf,
  deviceTextOf,
  isCurrent,
  type ReadAllOptions,
  type Stock,
  takeStock,
} from "./stock.ts";
export { firstNamesOf, unnamedIn } from "./unnamed.ts";
