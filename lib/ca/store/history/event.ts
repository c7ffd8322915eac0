/** An entry of a CA's history: its fields, and the line that it is written as. */
import { isJsonObject, isTime } from "../../../system/mod.ts";
import { isSerial } from "../../../x509/mod.ts";

/** What an entry of the history is about. */
export const eventKinds = [
  /** The CA was created. */
  "init",
  /** The certificate of a CA that was waiting for it was installed. */
  "activate",
  /** The history began later than the CA: an older version of certswap had made the changes before. */
  "start",
  /** The CA of another program was taken over. */
  "import",
  /** A certificate that this CA had signed before, or elsewhere, was added to the index. */
  "adopt",
  /** A certificate was issued. */
  "issue",
  /** A certificate was superseded by a newer one. */
  "supersede",
  /** A certificate was revoked. */
  "revoke",
  /** A CRL was issued. */
  "crl",
  /** The publish hook was run for a CRL. */
  "publish",
  /** The CA's own certificate was replaced, by one with the same name and key. */
  "renew",
  /** A certificate of another CA was added to what clients get. */
  "trust",
  /** It was removed. */
  "distrust",
  /** A step of the replacement of the CA by another one. */
  "rollover",
  /** The private key was written anew: encrypted, decrypted, or with another passphrase. */
  "key",
  /** The next serial number was raised. */
  "raise",
  /** `ca check --repair` has corrected something. */
  "mend",
  /** The CA was moved to another kind of store. */
  "migrate",
  /** A waiting request was approved. */
  "approve",
  /** A waiting request was denied. */
  "deny",
  /** A certificate was issued to the holder of a bootstrap certificate. */
  "birth",
] as const;

/** One of {@linkcode eventKinds}. */
export type EventKind = (typeof eventKinds)[number];

/**
 * What an entry says, besides who made it, when, and its place in the history. Times are RFC 3339, UTC, to
 * the second; hashes are SHA-256, 64 lowercase hexadecimal digits.
 */
export interface EventContent {
  readonly kind: EventKind;
  /** The serial number of the certificate that it is about. */
  readonly serial?: string;
  /** The subject of that certificate, or (`birth`) of the bootstrap certificate, RFC 4514, escaped. */
  readonly subject?: string;
  /** The hash of that certificate, of the CA's own, or (`birth`) of the bootstrap certificate: of its DER. */
  readonly certificate?: string;
  /** `issue`: the name of the profile. */
  readonly profile?: string;
  /** `issue`: who asked for it. Untrusted text. */
  readonly requestedBy?: string;
  /** `issue`: the shard of the CRL that lists the certificate if it is revoked. */
  readonly shard?: number;
  /** `supersede`: the serial number of the newer certificate. */
  readonly supersededBy?: string;
  /** `revoke`, and `adopt` of a revoked certificate. */
  readonly revokedAt?: string;
  readonly reason?: string;
  /** `crl`, `publish`: the number of the CRL, decimal. */
  readonly number?: string;
  /** `crl`: the hash of its DER. */
  readonly crl?: string;
  /** `crl`: the hashes of the CRLs of the shards, in the order of their numbers. */
  readonly shards?: readonly string[];
  /** `start`, `import`: how many certificates the index had. An `adopt` for each of them follows. */
  readonly records?: number;
  /** `raise`: the next serial number before and after. `migrate`: the kinds of store. `rollover`: `to`. */
  readonly from?: string;
  readonly to?: string;
  /** `key`: whether the key is encrypted now. */
  readonly encrypted?: boolean;
  /** `mend`: the code of the finding, and the file that it was about. */
  readonly finding?: string;
  /** Also `birth`: the manufacturer. `rollover`: the data directory of the next CA. */
  readonly name?: string;
  /** `approve`, `deny`: the identifier of the request. */
  readonly request?: string;
}

/** Who made a change, where and when. */
export interface EventOrigin {
  /** RFC 3339, UTC, to the second. */
  readonly time: string;
  /** `user alice`, `pair web, user root`. Untrusted text. */
  readonly actor: string;
  /** The name of the machine, as it says itself. */
  readonly host: string;
}

/** An entry of the history. */
export interface HistoryEvent extends EventContent, EventOrigin {
  /** From 1, without gaps. */
  readonly sequence: number;
  /** The hash of the line before, with its newline; 64 zeros for the first. */
  readonly previous: string;
}

/** The fields of a line, in the order in which they are written, and their names there. */
const fieldNames: Readonly<Record<keyof HistoryEvent, string>> = {
  sequence: "sequence",
  time: "time",
  kind: "kind",
  serial: "serial",
  subject: "subject",
  certificate: "certificate",
  profile: "profile",
  requestedBy: "requested_by",
  shard: "shard",
  supersededBy: "superseded_by",
  revokedAt: "revoked_at",
  reason: "reason",
  number: "number",
  crl: "crl",
  shards: "shards",
  records: "records",
  from: "from",
  to: "to",
  encrypted: "encrypted",
  finding: "finding",
  name: "name",
  request: "request",
  actor: "actor",
  host: "host",
  previous: "previous",
};
const fields = Object.keys(fieldNames) as (keyof HistoryEvent)[];

/** The line of an entry, without its newline: JSON without spaces, its fields in a fixed order. */
export function formatEvent(event: HistoryEvent): string {
  return JSON.stringify(toJson(event));
}

/** The fields of an entry by the names that they have in JSON. */
export function toJson(event: HistoryEvent): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const field of fields) {
    if (event[field] !== undefined) json[fieldNames[field]] = event[field];
  }
  return json;
}

/**
 * The entry in a line. Fields and kinds that are not known come from a newer version: the former are ignored,
 * the latter are kept as they are.
 *
 * @param line without its newline. Untrusted.
 * @returns `undefined` if it is not an entry.
 */
export function parseEvent(line: string): HistoryEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const event: Partial<Record<keyof HistoryEvent, unknown>> = {};
  for (const field of fields) {
    const found = value[fieldNames[field]];
    if (found === undefined) {
      if (required.has(field)) return undefined;
      continue;
    }
    if (!validators[field](found)) return undefined;
    event[field] = found;
  }
  return event as HistoryEvent;
}

const required: ReadonlySet<keyof HistoryEvent> = new Set([
  "sequence",
  "time",
  "kind",
  "actor",
  "host",
  "previous",
]);

const isText = (value: unknown): value is string => typeof value === "string";
const isHash = (value: unknown): boolean => isText(value) && /^[0-9a-f]{64}$/.test(value);
const isNumber = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isTimeText = (value: unknown): boolean => isText(value) && isTime(value);
const isSerialText = (value: unknown): boolean => isText(value) && isSerial(value);

const validators: Readonly<Record<keyof HistoryEvent, (value: unknown) => boolean>> = {
  sequence: (value) => isNumber(value) && value !== 0,
  time: isTimeText,
  kind: (value) => isText(value) && /^[a-z-]{1,32}$/.test(value),
  serial: isSerialText,
  subject: isText,
  certificate: isHash,
  profile: isText,
  requestedBy: isText,
  shard: isNumber,
  supersededBy: isSerialText,
  revokedAt: isTimeText,
  reason: isText,
  number: (value) => isText(value) && /^[0-9]{1,50}$/.test(value),
  crl: isHash,
  shards: (value) => Array.isArray(value) && value.every(isHash),
  records: isNumber,
  from: isText,
  to: isText,
  encrypted: (value) => typeof value === "boolean",
  finding: isText,
  name: isText,
  request: isText,
  actor: isText,
  host: isText,
  previous: isHash,
};
