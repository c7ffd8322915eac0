/** Reads `index.txt`, the database of `openssl ca` (CA_DB in OpenSSL), which easy-rsa also uses. */
import { normalizeSerial, type RevocationReason } from "../../x509/mod.ts";
import type { Revoke } from "../store/mod.ts";
import { BadDatabaseError, type DatabaseProblem } from "./errors.ts";

/** A line of a database: a certificate that was issued. */
export interface DatabaseEntry {
  /** In the serial form. */
  readonly serial: string;
  readonly notAfter: Date;
  /** `undefined` if it is not revoked. */
  readonly revocation: Revoke | undefined;
}

/**
 * Reads a database. Each line has six fields, separated by tabs: status (`V`, `R` or `E`), expiry, revocation
 * (a time, and after a comma the reason), serial number, file name, subject. OpenSSL documents the format
 * nowhere; see `apps/ca.c` and `crypto/txt_db` there. A backslash before a tab or backslash escapes it.
 *
 * @param path for errors only.
 * @throws BadDatabaseError
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readDatabase } from "./database.ts";
 *
 * const line = "R\t290301033037Z\t261127033038Z,keyCompromise\t0A\tunknown\t/CN=b\n";
 * const [entry] = readDatabase(new TextEncoder().encode(line), "index.txt");
 * assert.equal(entry?.serial, "0a");
 * assert.equal(entry?.revocation?.reason, "keyCompromise");
 * ```
 */
export function readDatabase(content: Uint8Array, path: string): readonly DatabaseEntry[] {
  const lines = new TextDecoder().decode(content).split("\n");
  return lines.flatMap((line, index) => {
    // OpenSSL skips empty lines and comments.
    if (line.trim() === "" || line.startsWith("#")) return [];
    const entry = entryIn(line.replace(/\r$/, ""));
    if (typeof entry === "string") throw new BadDatabaseError(path, index + 1, entry);
    return [entry];
  });
}

function entryIn(line: string): DatabaseEntry | DatabaseProblem {
  const fields = line.split(/(?<!\\)\t/);
  if (fields.length !== 6) return "not-six-fields";
  const [status = "", expiry = "", revoked = "", number = ""] = fields;
  if (!/^[VRE]$/.test(status)) return "unknown-status";
  const serial = normalizeSerial(number);
  if (serial === undefined) return "bad-serial";
  const notAfter = timeIn(expiry);
  if (notAfter === undefined) return "bad-expiry";
  if (status !== "R") return { serial, notAfter, revocation: undefined };
  const revocation = revocationIn(revoked);
  return revocation === undefined ? "bad-revocation" : { serial, notAfter, revocation };
}

/** `TIME`, `TIME,REASON`, `TIME,holdInstruction,OID` or `TIME,keyTime,TIME`. */
function revocationIn(written: string): Revoke | undefined {
  const [time = "", reason = ""] = written.split(",");
  const at = timeIn(time);
  return at && { at, reason: reasons.get(reason.toLowerCase()) ?? "unspecified" };
}

/** The reasons that certswap knows, or comes closest to. The others become `unspecified`. */
const reasons: ReadonlyMap<string, RevocationReason> = new Map([
  ["keycompromise", "keyCompromise"],
  ["keytime", "keyCompromise"],
  ["cacompromise", "keyCompromise"],
  ["cakeytime", "keyCompromise"],
  ["affiliationchanged", "affiliationChanged"],
  ["superseded", "superseded"],
  ["cessationofoperation", "cessationOfOperation"],
]);

/** A UTCTime or GeneralizedTime, as text. The rule for two digits of a year is that of RFC 5280 4.1.2.5.1. */
function timeIn(written: string): Date | undefined {
  const match = /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(written);
  if (match === null) return undefined;
  const [, year = "", month, day, hour, minute, second] = match;
  const century = year.length === 4 ? "" : Number(year) < 50 ? "20" : "19";
  const iso = `${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  const time = new Date(iso);
  // Date carries a day that does not exist over into the next month.
  return Number.isNaN(time.getTime()) || time.getUTCDate() !== Number(day) ? undefined : time;
}
