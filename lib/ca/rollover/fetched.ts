/** `rollover-fetched.json`: which devices have fetched the certificates of both CAs since the start. */
import {
  type FileSystem,
  isErrno,
  join,
  readRegularFile,
  sha256Hex,
  type System,
} from "../../system/mod.ts";
import { type Certificate, formatName } from "../../x509/mod.ts";
import { namesOf } from "../identity/mod.ts";
import { deviceTextOf } from "../inventory/mod.ts";
import type { RolloverRecord } from "../succession/mod.ts";

/** The most devices that are counted one by one. */
export const mostFetched = 100_000;

/** The size limit of the file, in bytes. */
const sizeLimit = 4 * 1024 * 1024;

/** How many digits of a hash identify a device. */
const digits = 16;

/** Devices that have fetched the certificates. */
export interface Fetched {
  readonly devices: number;
  /** Whether all of them are counted: no more than can be. */
  readonly isComplete: boolean;
}

/** The path of the file. */
export function fetchedPath(dataDirectory: string): string {
  return join(dataDirectory, "rollover-fetched.json");
}

/** What identifies the device with a certificate: the first digits of a hash of its subject and names. */
export async function deviceIdOf(certificate: Certificate): Promise<string> {
  const text = deviceTextOf(formatName(certificate.subject), namesOf(certificate));
  return (await sha256Hex(new TextEncoder().encode(text))).slice(0, digits);
}

/**
 * The devices in the file; empty if there is none, or it is of another rollover. A file that cannot be read
 * counts as empty: it is only a statistic.
 */
export async function readFetched(
  files: FileSystem,
  dataDirectory: string,
  { started, nextKey }: Pick<RolloverRecord, "started" | "nextKey">,
): Promise<ReadonlySet<string>> {
  let content: Uint8Array;
  try {
    ({ content } = await readRegularFile(files, fetchedPath(dataDirectory), sizeLimit));
  } catch (error) {
    if (isErrno(error, "ENOENT")) return new Set();
    throw error;
  }
  try {
    const json = JSON.parse(new TextDecoder().decode(content));
    const isThis = json?.version === 1 && json.started === started && json.next_key === nextKey;
    if (!isThis || !Array.isArray(json.devices)) return new Set();
    const isId = (one: unknown): one is string =>
      typeof one === "string" && /^[0-9a-f]{16}$/.test(one);
    return new Set(json.devices.filter(isId).slice(0, mostFetched));
  } catch {
    return new Set();
  }
}

/** The content of the file. */
export function encodeFetched(
  { started, nextKey }: Pick<RolloverRecord, "started" | "nextKey">,
  devices: Iterable<string>,
): Uint8Array {
  const json = { version: 1, started, "next_key": nextKey, devices: [...devices] };
  return new TextEncoder().encode(`${JSON.stringify(json)}\n`);
}

/** How many devices have fetched the certificates since the start. @throws FileSystemError */
export async function fetchedSince(
  { files }: Pick<System, "files">,
  dataDirectory: string,
  record: RolloverRecord,
): Promise<Fetched> {
  const { size } = await readFetched(files, dataDirectory, record);
  return { devices: size, isComplete: size < mostFetched };
}
