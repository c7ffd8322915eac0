/** Which CA issues certificates for a data directory: the CA in it, or the one that has replaced it. */
import { CertswapError, type System } from "../../system/mod.ts";
import { readSingleCertificateFile } from "../../x509/mod.ts";
import {
  type CaLocation,
  type CaStore,
  openStore,
  openStoreIfAny,
  settle,
  type StoreReader,
} from "../store/mod.ts";
import { IssuerChangedError, NextCaUnusableError } from "./errors.ts";
import { readRollover, type RolloverRecord } from "./record.ts";

/** How many CAs may have replaced each other, one after the other. */
const mostReplacements = 16;

/** How long to wait for a step that is being recorded, in milliseconds. */
const recoveryTimeout = 10_000;

/** Whether the next CA issues, and clients get its certificates. */
export function isNextIssuing({ phase }: Pick<RolloverRecord, "phase">): boolean {
  return phase === "switched" || phase === "finished";
}

/** A CA that issues. */
export interface IssuingCa extends CaLocation {
  /** The data directory whose `rollover.json` names it; `undefined`: no other CA has been replaced. */
  readonly replaces: string | undefined;
}

/**
 * Finds the CA that issues for a data directory.
 *
 * @returns the same directory if there is no CA in it: the caller reports that.
 * @throws BadRolloverFileError, NextCaUnusableError
 */
export async function findIssuingCa(
  system: System,
  { dataDirectory }: CaLocation,
): Promise<IssuingCa> {
  let found: IssuingCa = { dataDirectory, replaces: undefined };
  for (let count = 0;; count++) {
    const store = await openStoreIfAny(system, found);
    const record = store && await readRollover(store);
    if (record === undefined || !isNextIssuing(record)) return found;
    const { next } = record;
    if (count >= mostReplacements) {
      throw new NextCaUnusableError({ dataDirectory, next, reason: "loop" });
    }
    await openNext(system, record, found.dataDirectory);
    found = { dataDirectory: next, replaces: found.dataDirectory };
  }
}

/**
 * The data directories of the CAs that issue for this one, or that are going to: a server writes to all of
 * them, one after the other. The nearest first; empty: no CA is being replaced.
 *
 * @throws BadRolloverFileError
 */
export async function nextDirectories(
  system: System,
  { dataDirectory }: CaLocation,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (let directory = dataDirectory; found.length < mostReplacements;) {
    const store = await openStoreIfAny(system, { dataDirectory: directory });
    const record = store && await readRollover(store);
    if (record === undefined || record.phase === "cancelled") break;
    directory = record.next;
    found.push(directory);
  }
  return found;
}

/**
 * Opens the CA that replaces another one, and checks that it is the recorded one.
 *
 * @param dataDirectory of the CA that is replaced. For errors.
 * @throws NextCaUnusableError
 */
export async function openNext(
  system: System,
  { next, nextKey }: Pick<RolloverRecord, "next" | "nextKey">,
  dataDirectory: string,
): Promise<CaStore> {
  let store: CaStore;
  let key: string | undefined;
  try {
    store = await openStore(system, { dataDirectory: next });
    key = await keyIdentifierIn(store);
  } catch (cause) {
    if (!(cause instanceof CertswapError)) throw cause;
    throw new NextCaUnusableError({ dataDirectory, next, reason: "unreadable" }, { cause });
  }
  if (key !== nextKey) throw new NextCaUnusableError({ dataDirectory, next, reason: "other-key" });
  return store;
}

async function keyIdentifierIn(store: StoreReader): Promise<string | undefined> {
  return readSingleCertificateFile(await store.root()).subjectKeyIdentifier?.toHex();
}

/**
 * Checks within a change that the CA in this store still issues, or still does so instead of another
 * one: the answer of {@linkcode findIssuingCa} was given without a lock.
 *
 * @param change of the CA that was found.
 * @throws IssuerChangedError
 */
export async function requireIssuing(
  system: System,
  change: StoreReader,
  { dataDirectory, replaces }: IssuingCa,
): Promise<void> {
  const own = await readRollover(change);
  if (own !== undefined && isNextIssuing(own)) throw new IssuerChangedError(dataDirectory);
  if (replaces === undefined) return;
  const replaced = await openStore(system, { dataDirectory: replaces });
  // Half of a step that was interrupted may say anything.
  await settle(replaced, { lockTimeout: recoveryTimeout });
  const record = await readRollover(replaced);
  const isStill = record !== undefined && isNextIssuing(record) && record.next === dataDirectory;
  if (!isStill) throw new IssuerChangedError(replaces);
}

/** How often to look for the CA that issues, if it changes meanwhile. */
const attempts = 3;

/**
 * Does work with the CA that issues; again if another one does so meanwhile.
 *
 * @param find finds it. Called before each attempt, with its number: from 1.
 * @param work throws IssuerChangedError in that case.
 * @throws the errors of `find` and `work`.
 */
export async function whileIssuing<Issuer, T>(
  find: (attempt: number) => Promise<Issuer>,
  work: (issuer: Issuer) => Promise<T>,
): Promise<T> {
  for (let attempt = 1;; attempt++) {
    const issuer = await find(attempt);
    try {
      return await work(issuer);
    } catch (error) {
      if (!(error instanceof IssuerChangedError) || attempt >= attempts) throw error;
    }
  }
}

/**
 * {@linkcode whileIssuing} for a data directory.
 *
 * @param work calls {@linkcode requireIssuing} in its change.
 * @throws the errors of {@linkcode findIssuingCa}, and of `work`.
 */
export async function withIssuingCa<T>(
  system: System,
  location: CaLocation,
  work: (issuing: IssuingCa) => Promise<T>,
): Promise<T> {
  return await whileIssuing(() => findIssuingCa(system, location), work);
}
