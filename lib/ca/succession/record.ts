/** `rollover.json` in a data directory: how far the replacement of this CA by another one is. */
import { isTime, jsonObjectIn } from "../../system/mod.ts";
import type { StoreReader } from "../store/mod.ts";
import { BadRolloverFileError } from "./errors.ts";

/** The phases, in their order; `cancelled` only after `started`. */
export const rolloverPhases = ["started", "switched", "finished", "cancelled"] as const;

/** How far a rollover is. */
export type RolloverPhase = (typeof rolloverPhases)[number];

/** What is recorded of a rollover. Times are RFC 3339, UTC, to the second. */
export interface RolloverRecord {
  readonly phase: RolloverPhase;
  /** The data directory of the CA that replaces this one: absolute, without links. */
  readonly next: string;
  /** The key identifiers of both CAs, lowercase hexadecimal. */
  readonly key: string;
  readonly nextKey: string;
  /** When it was started. */
  readonly started: string;
  /** When the phase was entered. */
  readonly since: string;
  /** SHA-256 of the certificates that both CAs give to clients because of the rollover. */
  readonly certificates: readonly string[];
  /**
   * Whether one-time secrets and requests in the next CA are copies of those of this one, which issues:
   * a step was interrupted. Absent: no.
   */
  readonly hasCopies?: boolean;
}

/** The version of the form of this file. A later one is refused. */
const version = 1;

/** How many certificates a rollover can record: as many as a bundle has, and those of both chains. */
const mostCertificates = 64;

/** What a CA has recorded of its rollover; `undefined`: nothing. @throws BadRolloverFileError */
export async function readRollover(store: StoreReader): Promise<RolloverRecord | undefined> {
  const content = await store.rollover();
  if (content === undefined) return undefined;
  const path = store.nameOf("rollover").absolute;
  const json = jsonObjectIn(content);
  if (json !== undefined && json["version"] !== version && Number.isInteger(json["version"])) {
    throw new BadRolloverFileError(path, "other-version");
  }
  const record = json && toRecord(json);
  if (record === undefined) throw new BadRolloverFileError(path, "malformed");
  return record;
}

/** The content of `rollover.json`. */
export function encodeRollover(record: RolloverRecord): Uint8Array {
  const { phase, next, key, nextKey, started, since, certificates, hasCopies } = record;
  const json = {
    ...{ version, phase, next, key, "next_key": nextKey, started, since, certificates },
    ...(hasCopies ? { copies: true } : {}),
  };
  return new TextEncoder().encode(`${JSON.stringify(json, undefined, 2)}\n`);
}

const isKey = (value: unknown): value is string =>
  typeof value === "string" && /^(?:[0-9a-f]{2}){1,64}$/.test(value);
const isTimeText = (value: unknown): value is string => typeof value === "string" && isTime(value);
const isHash = (value: unknown): value is string =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value);

function toRecord(json: Readonly<Record<string, unknown>>): RolloverRecord | undefined {
  const { next, key, "next_key": nextKey, started, since, certificates, copies } = json;
  const phase = rolloverPhases.find((one) => one === json["phase"]);
  const isNext = typeof next === "string" && next.startsWith("/") && !next.includes("\0");
  if (phase === undefined || !isNext || !isKey(key) || !isKey(nextKey)) return undefined;
  if (!isTimeText(started) || !isTimeText(since)) return undefined;
  if (!Array.isArray(certificates) || certificates.length > mostCertificates) return undefined;
  if (!certificates.every(isHash)) return undefined;
  if (copies !== undefined && typeof copies !== "boolean") return undefined;
  const record = { phase, next, key, nextKey, started, since, certificates };
  return copies ? { ...record, hasCopies: true } : record;
}
