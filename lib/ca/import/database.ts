/** Reads `index.txt`, the database of `openssl ca` (CA_DB in OpenSSL), which easy-rsa also uses. */
import {
  attributeOid,
  formatName,
  normalizeSerial,
  type RevocationReason,
} from "../../x509/mod.ts";
import type { Revoke } from "../store/mod.ts";
import { BadDatabaseError, type DatabaseProblem } from "./errors.ts";

/** A line of a database: a certificate that was issued. */
export interface DatabaseEntry {
  /** In the serial form. */
  readonly serial: string;
  /** RFC 4514, as far as the database tells: it does not escape the slash between attributes. */
  readonly subject: string;
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
  const [status = "", expiry = "", revoked = "", number = "", , name = ""] = fields;
  if (!/^[VRE]$/.test(status)) return "unknown-status";
  const serial = normalizeSerial(number);
  if (serial === undefined) return "bad-serial";
  const notAfter = timeIn(expiry);
  if (notAfter === undefined) return "bad-expiry";
  const entry = { serial, subject: subjectIn(name), notAfter };
  if (status !== "R") return { ...entry, revocation: undefined };
  const revocation = revocationIn(revoked);
  return revocation === undefined ? "bad-revocation" : { ...entry, revocation };
}

/**
 * Converts the text of X509_NAME_oneline(3), `/C=US/CN=a`, to RFC 4514. Types that certswap has no name for
 * are left out.
 */
function subjectIn(oneline: string): string {
  const relativeNames = oneline.split(/\/(?=[A-Za-z]+=)/).flatMap((part) => {
    const at = part.indexOf("=");
    const type = oidOf.get(part.slice(0, at).toLowerCase());
    if (type === undefined) return [];
    const text = unescaped(part.slice(at + 1));
    return [[{ type, text, tag: 0, der: new Uint8Array() }]];
  });
  return formatName({ der: new Uint8Array(), relativeNames });
}

const oidOf: ReadonlyMap<string, string> = new Map(
  Object.entries(attributeOid).map(([name, oid]) => [name.toLowerCase(), oid]),
);

/** Bytes outside ASCII are written as `\xHH`, and TXT_DB writes a backslash before a backslash or a tab. */
function unescaped(text: string): string {
  const bytes = text.replace(/\\(\\x[0-9A-F]{2}|\t|\\)/g, "$1")
    .replace(/\\x([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  // deno-lint-ignore no-control-regex
  if (/[^\x00-\xff]/.test(bytes)) return bytes;
  return new TextDecoder().decode(Uint8Array.from(bytes, (letter) => letter.charCodeAt(0)));
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
