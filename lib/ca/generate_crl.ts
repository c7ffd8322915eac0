/** `ca crl`: issues a CRL of the revoked certificates. */
import { day, hour, minute, release, type System } from "../system/mod.ts";
import { issueCrl, type KeySource, lastTime, webCryptoKeys } from "../x509/mod.ts";
import { type CaOptions, type ChangeReport, findCa } from "./ca.ts";
import { encodeNextEntries, isCrlDue, issueShardCrls, type NextEntries } from "./crl/mod.ts";
import {
  backdated,
  currentSecond,
  loadUsableAuthority,
  type NumberedCrl,
  readHierarchy,
  readLastCrl,
  readRoot,
  type Root,
  warnOfEnd,
} from "./issue/mod.ts";
import { askEarly, type AskPassphrase } from "./key/mod.ts";
import { type CrlSettings, readSettings } from "./settings/mod.ts";
import {
  type CaStore,
  openStore,
  shardsOf,
  type ShardTemplate,
  type StoreChange,
} from "./store/mod.ts";

/** From one CRL to the next, in milliseconds, unless the settings say something else. */
export const usualNextUpdate = 7 * day;

/** Options of `ca crl`. */
export interface CrlOptions extends CaOptions {
  /** Hours from now to the CRL's nextUpdate; by default what the settings say. */
  readonly nextUpdate?: number | undefined;
  /** Those of the CA by default. */
  readonly settings?: Pick<CrlSettings, "nextUpdate" | "keepExpired">;
}

/** Options of `ca crl --if-due`. */
export interface RefreshOptions extends CrlOptions {
  /** See `isCrlDue`. */
  readonly renewAfter?: number | undefined;
}

/** A new CRL. */
interface NewCrl {
  /** Warnings that did not prevent it. */
  readonly noticed: readonly unknown[];
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly number: bigint;
  /** How many certificates it lists. */
  readonly revoked: number;
}

/** Report of `ca crl`. */
export interface CrlReport extends Omit<NewCrl, "noticed">, ChangeReport {
  /** Path of the CRL, based on the data directory as given by the caller. */
  readonly path: string;
  /** Path of its copy in DER, likewise. */
  readonly derPath: string;
}

/** Report of `ca crl --if-due`. */
export interface RefreshReport extends ChangeReport {
  /** `undefined`: none was due. */
  readonly made: CrlReport | undefined;
}

/**
 * Issues a CRL of all revoked certificates, except those that left the list because they have expired.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoSystem } from "../system/mod.ts";
 * import { generateCrl, init } from "./mod.ts";
 *
 * const root = await Deno.makeTempDir();
 * const ca = { dataDirectory: `${root}/ca`, lockTimeout: 1000 };
 * const day = 24 * 3600 * 1000;
 * const keyType = "ecdsa-p256";
 * await init(denoSystem, { ...ca, subject: "CN=Root", keyType, validity: 3650 * day, built: undefined });
 * const { number, revoked } = await generateCrl(denoSystem, { ...ca, nextUpdate: 24 });
 * assert.deepEqual({ number, revoked }, { number: 1n, revoked: 0 });
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function generateCrl(system: System, options: CrlOptions): Promise<CrlReport> {
  const terms = await termsOf(system, options);
  const store = await openStore(system, options);
  const passphrase = await askEarly(store, options);
  const { value, recovery, warnings } = await store.change({
    lockTimeout: options.lockTimeout,
    work: (change) => issue(change, { ...terms, passphrase, now: currentSecond(system) }),
  });
  return toReport(store, value, { recovery, warnings });
}

/**
 * Issues a CRL as {@linkcode generateCrl} does, if one is due, see {@linkcode isCrlDue}. Takes no lock and
 * writes nothing if none is, and if there is nothing to recover.
 *
 * @throws BadCaCrlError if the last CRL cannot be read or is not of this CA.
 */
export async function refreshCrl(
  system: System,
  options: RefreshOptions,
): Promise<RefreshReport> {
  const { renewAfter } = options;
  const terms = { ...await termsOf(system, options), renewAfter };
  const store = await findCa(system, options);
  const { outcome } = await store.outlook();
  const due = async (reader: CaStore | StoreChange): Promise<boolean> =>
    await isCrlDue(reader, { ...terms, root: await readRoot(reader), now: system.clock.now() });
  if (outcome === "clean" && !await due(store)) {
    return { made: undefined, recovery: nothingRecovered, warnings: [] };
  }
  const passphrase = await askEarly(store, options);
  const { value, recovery, warnings } = await store.change({
    lockTimeout: options.lockTimeout,
    // Another process may have issued one since.
    work: async (change) =>
      await due(change)
        ? await issue(change, { ...terms, passphrase, now: currentSecond(system) })
        : undefined,
  });
  const made = value && toReport(store, value, { recovery, warnings });
  return { made, recovery, warnings: made?.warnings ?? warnings };
}

const nothingRecovered = { outcome: "clean", targets: [], removed: [], foreign: [] } as const;

function toReport(
  store: CaStore,
  { noticed, ...made }: NewCrl,
  { recovery, warnings }: ChangeReport,
): CrlReport {
  return {
    ...made,
    path: store.nameOf("crl").written,
    derPath: store.nameOf("derCrl").written,
    recovery,
    warnings: [...noticed, ...warnings],
  };
}

/** What is the same for every attempt. */
interface CrlPolicy {
  /** Milliseconds, whole seconds. */
  readonly interval: number;
  readonly keepExpired: boolean;
  readonly keys: KeySource;
}

async function termsOf(system: System, options: CrlOptions): Promise<CrlPolicy> {
  const { nextUpdate: hours, keys = webCryptoKeys } = options;
  const settings = options.settings ?? (await readSettings(system, options)).crl;
  const { nextUpdate = usualNextUpdate, keepExpired } = settings;
  return { interval: hours === undefined ? nextUpdate : hours * hour, keepExpired, keys };
}

interface CrlTerms extends CrlPolicy {
  readonly passphrase: AskPassphrase;
  readonly now: Date;
}

async function issue(store: StoreChange, terms: CrlTerms): Promise<NewCrl> {
  const { now, interval, keepExpired, keys, passphrase } = terms;
  const root = await readRoot(store);
  const { authority } = await loadUsableAuthority({ store, keys, passphrase }, { root, now });
  const templates = await store.shardTemplates();
  const { thisUpdate, number, entries } = await prepare(store, { ...terms, root, templates });
  const { all: revoked, shards: shardEntries, firstEnd } = entries;
  const { length } = revoked;
  const asked = new Date(now.getTime() + interval);
  const nextUpdate = asked > lastTime ? lastTime : asked;
  const expiredSince = keepExpired ? earliestEnd(root, firstEnd) : undefined;
  const fields = { number, thisUpdate, nextUpdate, revoked, expiredSince };
  const der = await issueCrl(fields, authority);
  const shards = await issueShardCrls({ templates, fields, entries: shardEntries, authority });
  await store.publishCrl(der, shards);
  const ends = warnOfEnd(await readHierarchy(store, root), now);
  const noticed = ends === undefined ? [] : [ends];
  return { thisUpdate, nextUpdate, number, revoked: length, noticed };
}

/** What the next CRL is made of. The last one is in memory only meanwhile. */
async function prepare(
  store: StoreChange,
  { root, now, keepExpired, templates }: CrlTerms & {
    readonly root: Root;
    readonly templates: readonly ShardTemplate[];
  },
): Promise<
  { readonly thisUpdate: Date; readonly number: bigint; readonly entries: NextEntries }
> {
  const last = await readLastCrl(store, root);
  const thisUpdate = thisUpdateAfter(last, now);
  const number = await store.takeCrlNumber(last?.number);
  const shards = shardsOf(templates);
  const entries = await encodeNextEntries(store, { last, keepExpired, shards });
  if (last !== undefined) release(last.der);
  return { thisUpdate, number, entries };
}

/**
 * The time for expiredCertsOnCRL if nothing leaves the list: no certificate of this CA expired before. The
 * certificate of the CA may be newer than what it has signed.
 */
function earliestEnd({ certificate: { notBefore } }: Root, firstEnd: string | undefined): Date {
  return firstEnd === undefined ? notBefore : new Date(Math.min(Date.parse(firstEnd), +notBefore));
}

/** The thisUpdate of the next CRL: backdated, but never before that of the last one. */
function thisUpdateAfter(last: NumberedCrl | undefined, now: Date): Date {
  return backdated(now, minute, last?.thisUpdate);
}
