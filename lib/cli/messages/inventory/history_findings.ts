/** Texts for findings of `ca check` about the history of a CA, and the CRLs of shards. */
import type { Finding } from "../../../ca/store/mod.ts";
import { someOf } from "../../text.ts";

/** A finding about the history. */
export type HistoryFinding = Extract<Finding, { readonly code: keyof typeof texts }>;

/** The changes that certswap has not recorded may be legitimate. */
const byWhom = "an older version of certswap, or another program, has changed this CA";

const texts = {
  "no-history": () =>
    "there is no history yet: it begins with the next change. If there was one, restore it from a backup",
  "history-broken": brokenLineText,
  "history-unrecorded": ({ records }) =>
    `not in the history: ${someOf(records.map(({ serial }) => serial))}. ${upperFirst(byWhom)} ` +
    "(if you know these certificates, 'certswap ca check --repair' adds them to the history)",
  "history-lost": ({ serial, subject }) =>
    `certificate ${serial} (${
      subject || "no subject"
    }) is in the history, but the CA no longer has it: ` +
    "it cannot be revoked. Restore its record from a backup",
  "history-revocation": ({ serial, found, revokedAt, reason }) =>
    found === "active"
      ? `certificate ${serial} is active in the index, but the history says that it was revoked ` +
        `(${reason}, ${revokedAt})`
      : found === "differs"
      ? `the index and the history disagree about the revocation of certificate ${serial}: the history ` +
        `says ${reason}, ${revokedAt}`
      : `certificate ${serial} is revoked, but the history does not say so: ${byWhom} ` +
        "('certswap ca check --repair' adds it to the history)",
  "history-certificate": ({ serial }) =>
    `certificate ${serial} is signed by this CA, but is not the one that was issued with this number: ` +
    "restore it from a backup, and find out who could use the CA's key",
  "history-details": ({ serial, fields }) =>
    `the details of certificate ${serial} differ from the history: ${
      fields.map((field) => fieldTexts[field] ?? field).join(", ")
    }`,
  "history-crl": ({ name, number, last }) =>
    number === last
      ? `${name} has the number ${number}, but is not the CRL that was issued with it`
      : `${name} has the number ${number}, but the history says that CRL ${last} was issued last` +
        (BigInt(number) > BigInt(last) ? `: ${byWhom}` : ". It may come from a backup") +
        " (issue a new one with 'certswap ca crl')",
  "shard-crl": ({ name, reason }) => `${name} ${shardFaults[reason]} (run 'certswap ca crl')`,
  "history-own": ({ name }) =>
    `${name} is not the newest certificate of this CA in the history: ${byWhom}`,
} satisfies { readonly [Code in Finding["code"]]?: (finding: FindingOf<Code>) => string };

type FindingOf<Code extends Finding["code"]> = Extract<Finding, { readonly code: Code }>;

/** Describes such a finding in one sentence without a full stop. Not escaped. */
export function describeHistoryFinding(finding: HistoryFinding): string {
  // The text of a code fits the finding with that code, which the type system cannot express.
  const text = texts[finding.code] as (finding: HistoryFinding) => string;
  return text(finding);
}

/** Whether a finding is about the history. */
export function isHistoryFinding(finding: Finding): finding is HistoryFinding {
  return Object.hasOwn(texts, finding.code);
}

/** Describes a line of the history that does not follow from the one before it. */
export function brokenLineText(
  { place, reason }: Pick<FindingOf<"history-broken">, "place" | "reason">,
): string {
  return `${place} ${lineFaults[reason]}`;
}

const lineFaults: Readonly<Record<FindingOf<"history-broken">["reason"], string>> = {
  "not-an-entry": "is not an entry: the line was changed, or is corrupt",
  "sequence": "does not follow the entry before it: entries were removed, added or moved here",
  "hash": "does not contain the hash of the entry before it: that entry was changed",
  "start": "is not the start of a history: the entries before it are missing",
};

const shardFaults: Readonly<Record<FindingOf<"shard-crl">["reason"], string>> = {
  missing: "does not exist yet: clients cannot check the certificates of this shard",
  unreadable: "is not a CRL",
  foreign: "is not signed by this CA",
  number: "does not have the number of ca.crl: clients may use an old CRL",
  address: "is not for the addresses in the certificates of this shard: clients reject it",
  entries: "does not list the same certificates of this shard as ca.crl",
};

const fieldTexts: Readonly<Record<string, string>> = {
  profile: "profile",
  requestedBy: "requested_by",
  supersededBy: "superseded_by",
};

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
