/** The counter files `serial` and `crlnumber`: they contain the next number. */
import { type FileSystem, nameOf } from "../../../system/mod.ts";
import { type ReplaceEntry, type Snapshot, takeSnapshot } from "../../../transaction/mod.ts";
import {
  BadCounterError,
  CaIncompleteError,
  CounterBehindError,
  CounterExhaustedError,
} from "../../errors.ts";
import {
  compareSerials,
  counterLimit,
  formatSerial,
  largestSerial,
  parseSerial,
} from "../../../x509/mod.ts";

/** A counter file. */
export interface Counter {
  readonly path: string;
  /** The next number to use. */
  readonly value: bigint;
  readonly snapshot: Snapshot;
}

/**
 * Reads `serial` or `crlnumber`.
 *
 * @param options `written` is the data directory as given by the caller, for errors.
 * @throws CaIncompleteError, BadCounterError, FileSystemError
 */
export async function readCounter(
  files: FileSystem,
  options: { readonly path: string; readonly written: string },
): Promise<Counter> {
  const { path, written } = options;
  const file = await takeSnapshot(files, path, counterLimit);
  if (file === undefined) {
    throw new CaIncompleteError(written, nameOf(path));
  }
  const value = parseCounter(file.content);
  if (value === undefined) {
    throw new BadCounterError(path, new TextDecoder().decode(file.content.subarray(0, 48)));
  }
  return { path, value, snapshot: file.snapshot };
}

/** The number in a counter file; `undefined` if it does not have the exact format. */
export function parseCounter(content: Uint8Array): bigint | undefined {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(content);
  return parseSerial(text.replace(/\n$/, ""));
}

/**
 * The content of a counter file. It is parsed again as a check.
 *
 * @throws TypeError if a counter cannot hold the number, which is a bug.
 */
export function encodeCounter(value: bigint): Uint8Array {
  const content = new TextEncoder().encode(`${formatSerial(value)}\n`);
  if (parseCounter(content) !== value) throw new TypeError("the counter cannot be read back");
  return content;
}

/** A place where numbers are used, and the highest one; `undefined` if there are none. */
interface NumbersInUse {
  readonly usedIn: string;
  readonly used: string | undefined;
}

/**
 * Checks that the counter is above every number in use.
 *
 * @throws CounterBehindError
 */
export function requireAbove(counter: Counter, places: readonly NumbersInUse[]): void {
  const value = formatSerial(counter.value);
  for (const { usedIn, used } of places) {
    if (used !== undefined && compareSerials(used, value) >= 0) {
      throw new CounterBehindError(counter.path, { value, used, usedIn });
    }
  }
}

/**
 * The transaction entry that takes `count` numbers from a counter.
 *
 * @throws CounterExhaustedError
 */
export function advance(counter: Counter, count: number): ReplaceEntry {
  return raise(counter, counter.value + BigInt(count));
}

/**
 * The transaction entry that raises a counter.
 *
 * @param next the new next number.
 * @throws CounterExhaustedError
 */
export function raise(counter: Counter, next: bigint): ReplaceEntry {
  if (next > largestSerial) throw new CounterExhaustedError(counter.path);
  const { snapshot } = counter;
  return {
    kind: "replace",
    target: counter.path,
    content: encodeCounter(next),
    attributes: { uid: snapshot.uid, gid: snapshot.gid, mode: snapshot.mode },
    old: snapshot,
  };
}
