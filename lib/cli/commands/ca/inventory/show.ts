/** `certswap ca show`: prints everything about one certificate, as text and as JSON. */
import { type HistoryEvent, show, type ShownCertificate } from "../../../../ca/inventory/mod.ts";
import { formatTime } from "../../../../system/mod.ts";
import { type KeyKind, keyKinds } from "../../../../x509/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  type DataDirectoryFlags,
} from "../../../declaration/mod.ts";
import { exitCode } from "../../../exit_code.ts";
import { type Json, type Outcome, outlookToJson, wouldRecover } from "../../../print/mod.ts";
import { fingerprintText, linesOf, rows, visible } from "../../../text.ts";
import type { World } from "../../../world.ts";
import { listedToJson, listing } from "./listing.ts";

/** The flags of `certswap ca show`. */
export interface ShowFlags extends DataDirectoryFlags, CommonFlags {}

/** `certswap ca show`. */
export default async function showCommand(
  world: World,
  flags: ShowFlags,
  wanted: string,
): Promise<Outcome> {
  const options = { dataDirectory: dataDirectory(world, flags), wanted };
  const { certificate, several, outlook } = await show(world.system, options);
  const recovery = outlookToJson(outlook);
  if (certificate !== undefined) {
    return {
      json: { certificate: toJson(certificate), recovery },
      notes: wouldRecover(outlook),
      lines: linesFor(certificate),
    };
  }
  return {
    exit: exitCode.failed,
    json: { certificates: several.map(listedToJson), recovery },
    notes: [
      ...wouldRecover(outlook),
      `${several.length} certificates have the name '${visible(wanted)}'. ` +
      "Select one by its serial number: certswap ca show SERIAL",
    ],
    lines: listing(several),
  };
}

function linesFor(certificate: ShownCertificate): string[] {
  const { record, status, details, kept, history } = certificate;
  const known = (label: string, value: string | undefined): [string, string][] =>
    value === undefined ? [] : [[label, value]];
  return [
    `Certificate ${record.serial}: ${status}`,
    ...rows([
      ["Subject", record.subject],
      ["Names", details.names === undefined ? "(unknown)" : details.names.join(", ") || "(none)"],
      ...known("Issuer", kept?.issuer),
      ["Not Before", kept === undefined ? "(unknown)" : record.notBefore],
      ["Not After", record.notAfter],
      ["Profile", details.profile ?? "(not recorded)"],
      ...known("Requested by", details.requestedBy),
      ...known("Imported from", details.importedFrom),
      ...(kept === undefined ? [["File", lostText] as const] : [
        ["Key", keyText(kept.keyKind)] as const,
        ...known("Key SHA-256", details.key),
        ["Fingerprint", fingerprintText(kept.fingerprint)] as const,
        ["File", kept.path] as const,
      ]),
    ]),
    "History:",
    ...history.map((event) => `  ${timeOf(event)}  ${visible(eventText(event))}`),
    ...(kept === undefined ? [] : linesOf(kept.pem)),
  ];
}

const lostText = "(none: the CA was imported without this certificate)";

function keyText(kind: KeyKind | undefined): string {
  return kind === undefined ? "(unknown kind)" : keyKinds[kind].name;
}

function timeOf({ at }: HistoryEvent): string {
  return at === undefined ? "(time unknown)      " : formatTime(at);
}

function eventText(event: HistoryEvent): string {
  switch (event.event) {
    case "issued":
      return "issued";
    case "superseded":
      return `superseded by ${event.by}`;
    case "revoked":
      return `revoked (reason: ${event.reason || "unknown"})`;
    case "listed":
      return `listed on CRL ${event.crlNumber}, the last one`;
    case "expired":
      return "expired";
  }
}

function toJson(certificate: ShownCertificate): Json {
  const { record, status, details, kept, history } = certificate;
  return {
    ...listedToJson({ record, status, details }),
    issuer: kept?.issuer ?? null,
    keyAlgorithm: kept?.keyKind ?? null,
    keySha256: details.key ?? null,
    fingerprint: kept?.fingerprint ?? null,
    file: kept?.path ?? null,
    history: history.map(eventToJson),
    pem: kept?.pem ?? null,
  };
}

function eventToJson(event: HistoryEvent): Json {
  const at = event.at === undefined ? null : formatTime(event.at);
  switch (event.event) {
    case "superseded":
      return { event: event.event, at, by: event.by };
    case "revoked":
      return { event: event.event, at, reason: event.reason || null };
    case "listed":
      return { event: event.event, at, crlNumber: String(event.crlNumber) };
    default:
      return { event: event.event, at };
  }
}
