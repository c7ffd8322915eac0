/** Runs the publish hook of a CA for its last CRL. */
import {
  attemptAsync,
  CertswapError,
  directoryOf,
  formatTime,
  present,
  ProcessStartError,
  type ProgramFailure,
  programPlaces,
  requireTrustedPlaces,
  runHookProgram,
  type System,
} from "../../system/mod.ts";
import { findCa } from "../ca.ts";
import { PublishFailedError } from "../errors.ts";
import { type NumberedCrl, readLastCrl, readRoot } from "../issue/mod.ts";
import type { PublishHook } from "../settings/mod.ts";
import { type CaLocation, type CaStore, shardsOf } from "../store/mod.ts";

/** Options of {@linkcode publishCrl}. */
export interface PublishCrlOptions extends CaLocation {
  readonly hook: PublishHook;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/** Whether the last CRL is published. */
export type Publication =
  /** It was published before, or there is none. */
  | { readonly is: "nothing-owed" }
  /** The hook was run for the CRL with this number. */
  | {
    readonly is: "published";
    readonly number: bigint;
    /** Errors after that was recorded. */
    readonly warnings: readonly unknown[];
  }
  /** The hook has to be run again. */
  | { readonly is: "owed"; readonly error: CertswapError };

/**
 * Runs the publish hook if it was not yet run for the last CRL, without holding the lock of the CA. If
 * another process makes a new CRL meanwhile, runs it again for that one.
 *
 * @throws the errors of reading the CA.
 */
export async function publishCrl(
  system: System,
  options: PublishCrlOptions,
): Promise<Publication> {
  const store = await findCa(system, options);
  if (await findUnpublished(store) === undefined) return { is: "nothing-owed" };
  try {
    return await store.whilePublishing({
      lockTimeout: options.lockTimeout,
      work: () => publishWhatIsOwed(system, store, options),
    });
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    return { is: "owed", error };
  }
}

/**
 * The last CRL, if the publish hook was not yet run for it.
 *
 * @throws BadCaCrlError, BadCaFileError, FileSystemError
 */
export async function findUnpublished(store: CaStore): Promise<NumberedCrl | undefined> {
  const last = await readLastCrl(store, await readRoot(store));
  return last?.number === await store.publishedCrl() ? undefined : last;
}

async function publishWhatIsOwed(
  system: System,
  store: CaStore,
  { hook, lockTimeout }: PublishCrlOptions,
): Promise<Publication> {
  let publication: Publication = { is: "nothing-owed" };
  let crl = await findUnpublished(store);
  const all: unknown[] = [];
  while (crl !== undefined) {
    const { number } = crl;
    await runPublishHook(system, { hook, environment: await environmentOf(store, crl), number });
    const { warnings } = await store.change({
      lockTimeout,
      work: (change) => change.recordPublished(number),
    });
    all.push(...warnings);
    publication = { is: "published", number, warnings: all };
    crl = await newerIfReadable(store);
  }
  return publication;
}

/** A CRL that was made meanwhile. If it cannot be read, the next run reports that: this one succeeded. */
async function newerIfReadable(store: CaStore): Promise<NumberedCrl | undefined> {
  return await attemptAsync(() => findUnpublished(store));
}

interface PublishRun {
  readonly hook: PublishHook;
  readonly environment: Readonly<Record<string, string>>;
  readonly number: bigint;
}

/** @throws PublishFailedError; UntrustedPlaceError if others can write the program */
async function runPublishHook(
  system: System,
  { hook, environment, number }: PublishRun,
): Promise<void> {
  requireTrustedPlaces(system, programPlaces(hook.command[0]));
  let failure: ProgramFailure | undefined;
  try {
    failure = await runHookProgram(system, { ...hook, environment });
  } catch (cause) {
    if (!(cause instanceof ProcessStartError)) throw cause;
    throw new PublishFailedError(hook, { number, cause });
  }
  if (failure !== undefined) throw new PublishFailedError(hook, { number, failure });
}

/** What a publish hook is told, besides the environment of every program. */
async function environmentOf(store: CaStore, crl: NumberedCrl): Promise<Record<string, string>> {
  // A history that cannot be read must not keep a CRL from being published: `ca check` reports it.
  const head = await attemptAsync(() => store.historyHead());
  return {
    CERTSWAP_CRL: store.nameOf("crl").absolute,
    CERTSWAP_CRL_DER: store.nameOf("derCrl").absolute,
    CERTSWAP_CRL_NUMBER: crl.number.toString(),
    CERTSWAP_CRL_THIS_UPDATE: formatTime(crl.thisUpdate),
    ...await shardEnvironment(store),
    ...present({
      CERTSWAP_CRL_NEXT_UPDATE: crl.nextUpdate && formatTime(crl.nextUpdate),
      CERTSWAP_HISTORY_HEAD: head?.hash,
      CERTSWAP_HISTORY_SEQUENCE: head?.sequence.toString(),
    }),
  };
}

/** Where the CRLs of the shards are, and how many there are; nothing if there are none. */
async function shardEnvironment(
  store: CaStore,
): Promise<{ readonly CERTSWAP_CRL_SHARDS?: string; readonly CERTSWAP_CRL_DIRECTORY?: string }> {
  const shards = shardsOf(await store.shardTemplates());
  if (shards === 0) return {};
  const first = store.nameOf({ shardCrl: 1 }).absolute;
  return {
    CERTSWAP_CRL_SHARDS: String(shards),
    CERTSWAP_CRL_DIRECTORY: directoryOf(first),
  };
}
