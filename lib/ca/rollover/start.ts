/** `ca rollover start`: clients get the certificates of the next CA, which does not issue yet. */
import { formatTime, ifPresent, present, sha256Hex, type System } from "../../system/mod.ts";
import {
  bytesEqual,
  encodeDistinguishedName,
  isSelfIssued,
  type KeyKindFor,
} from "../../x509/mod.ts";
import { addVerified } from "../bundle/mod.ts";
import { type CaOptions, findCa, requirePossibleCa } from "../ca.ts";
import { init } from "../init.ts";
import { currentSecond } from "../issue/mod.ts";
import { askEarly, type AskPassphrase, isEncryptedKey } from "../key/mod.ts";
import { openStoreIfAny, settle, type StoreName, storeNameOf } from "../store/mod.ts";
import { encodeRollover, readRollover, type RolloverRecord } from "../succession/mod.ts";
import { refuse } from "./errors.ts";
import { exchange, type Party, readParty } from "./exchange.ts";
import { Progress, requireAbleNow, type RolloverReport } from "./parties.ts";
import { requireApart } from "./settings.ts";

/** The name of this step in errors. */
const step = "start" as const;

/** Options of `ca rollover start`. */
export interface StartOptions extends CaOptions {
  /** The data directory of the next CA. */
  readonly next: string;
  /** RFC 4514, of a next CA that does not exist yet; `undefined`: it exists. */
  readonly subject: string | undefined;
  readonly keyType: KeyKindFor<"ca">;
  /** Of the new root, in milliseconds. */
  readonly validity: number;
  /** The kind of its store; `undefined`: as that of this CA. */
  readonly store: StoreName | undefined;
  /** See `InitOptions`. */
  readonly built: Date | undefined;
  /** A file with cross-certificates that roots elsewhere have issued. */
  readonly crossFile: string | undefined;
}

/** Report of `ca rollover start`. */
export interface StartReport extends RolloverReport {
  /** The subjects of both CAs, RFC 4514, escaped. */
  readonly isNextNew: boolean;
}

/**
 * Starts the replacement of a CA: creates the next one if it is a root that does not exist, lets both roots
 * certify each other, and gives the certificates of both to the clients of both. Each of these is a change of
 * one CA that harms nothing by itself. The last one records the rollover. If it was interrupted, the same
 * call continues.
 *
 * @throws RolloverRefusedError, RolloverSettingsError, CrossCertificateMissingError, and the errors of both
 * CAs: nothing has changed then. RolloverUnfinishedError: the same call continues.
 */
export async function startRollover(system: System, options: StartOptions): Promise<StartReport> {
  const { dataDirectory } = options;
  await requirePossibleCa(system, options);
  const store = await findCa(system, options);
  const before = await readRollover(store);
  const next = realPath(system, options.next);
  requireStartable(before, { dataDirectory, next: next ?? options.next });
  const passphrase = await askEarly(store, options);
  const own = { ...options, passphrase };
  const progress = new Progress(step, dataDirectory);
  const old = await readParty(store, own);
  return await progress.around(async () => {
    const isNextNew = await prepareNext(system, { options: own, old, progress });
    const place = system.files.realPath(options.next);
    const party = await openParty(system, { ...own, dataDirectory: place });
    await requireApart(system, { dataDirectory, next: place });
    await requireSuitable(system, { old, next: party, options });
    const { certificates, warnings } = await exchange(system, {
      old,
      next: party,
      crossFile: options.crossFile,
      progress,
    });
    const { lockTimeout } = options;
    const added = await party.store.change({
      lockTimeout,
      work: (change) => addVerified(change, certificates, options.next),
    });
    progress.noteChange();
    const record = await newRecord(system, { old, next: party, place, certificates });
    const { value, recovery, warnings: noticed } = await store.change({
      lockTimeout,
      async work(change) {
        const current = await readRollover(change);
        requireStartable(current, { dataDirectory, next: place });
        await addVerified(change, certificates, options.next);
        if (current?.phase === "started") return true;
        // A cancel that was interrupted has left them.
        const hasCopies = current?.next === place && current.hasCopies === true;
        await change.replaceRollover(encodeRollover({ ...record, hasCopies }));
        change.note({ kind: "rollover", to: record.phase, name: place });
        return false;
      },
    });
    return {
      phase: "started",
      next: place,
      isUnchanged: value,
      isNextNew,
      recovery,
      warnings: [...warnings, ...added.warnings, ...noticed],
    };
  });
}

function realPath({ files }: System, path: string): string | undefined {
  return ifPresent(() => files.realPath(path));
}

/** @throws RolloverRefusedError */
function requireStartable(
  record: RolloverRecord | undefined,
  { dataDirectory, next }: { readonly dataDirectory: string; readonly next: string },
): void {
  if (record === undefined || record.phase === "cancelled") return;
  const terms = { step, dataDirectory, next: record.next };
  if (record.phase === "switched") refuse(terms, "already-switched");
  if (record.phase === "finished") refuse(terms, "already-finished");
  if (record.next !== next) refuse(terms, "other-next");
}

/** What a new root is made with. */
interface NextTerms {
  readonly options: StartOptions & { readonly passphrase: AskPassphrase };
  readonly old: Party;
  readonly progress: Progress;
}

/**
 * Creates the next CA if there is none.
 *
 * @returns whether it was created now.
 * @throws RolloverRefusedError, and the errors of `init`.
 */
async function prepareNext(
  system: System,
  { options, old, progress }: NextTerms,
): Promise<boolean> {
  const { dataDirectory, next, subject, keyType, validity, built, keys } = options;
  const terms = { step, dataDirectory, next };
  const [own, others] = [realPath(system, dataDirectory), realPath(system, next)];
  if (own !== undefined && own === others) refuse(terms, "same-directory");
  if (await isThere(system, options)) return false;
  const { certificate } = old.hierarchy.root;
  if (!isSelfIssued(certificate)) refuse(terms, "next-missing");
  if (subject === undefined) refuse(terms, "subject-missing");
  if (bytesEqual(encodeDistinguishedName(subject, "required"), certificate.subject.der)) {
    refuse(terms, "same-name");
  }
  const store = options.store ?? await storeNameOf(system, { dataDirectory });
  await requireApart(system, { dataDirectory, next, willUsePostgres: store === "postgres" });
  const isEncrypted = isEncryptedKey(await old.store.key());
  // It has to sign in a moment: otherwise nothing is created.
  await requireAbleNow(system, { ...old, root: old.hierarchy.root });
  await init(system, {
    ...present({ keys, encryptionTerms: options.encryptionTerms }),
    dataDirectory: next,
    lockTimeout: options.lockTimeout,
    subject,
    keyType,
    validity,
    built,
    store,
    newPassphrase: isEncrypted ? options.passphrase : undefined,
  });
  progress.noteChange();
  return true;
}

/** Whether there is a next CA, or the beginning of one. Recovers what an interrupted `init` has left. */
async function isThere(
  system: System,
  { next: dataDirectory, lockTimeout }: StartOptions,
): Promise<boolean> {
  const store = await openStoreIfAny(system, { dataDirectory });
  if (store === undefined) return false;
  await settle(store, { lockTimeout });
  const { key, root } = await store.presence();
  return key || root;
}

async function openParty(system: System, options: CaOptions): Promise<Party> {
  await requirePossibleCa(system, options);
  return await readParty(await findCa(system, options), options);
}

/** Checks that a CA can replace another one. @throws RolloverRefusedError, and why it cannot sign. */
async function requireSuitable(
  system: System,
  { old, next, options }: {
    readonly old: Party;
    readonly next: Party;
    readonly options: StartOptions;
  },
): Promise<void> {
  const { dataDirectory, subject } = options;
  const terms = { step, dataDirectory, next: options.next };
  const [own, others] = [old, next].map(({ hierarchy: { root } }) => root.certificate);
  if (own === undefined || others === undefined) throw new TypeError("a CA without a certificate");
  if (bytesEqual(own.subjectPublicKeyInfo.der, others.subjectPublicKeyInfo.der)) {
    refuse(terms, "same-key");
  }
  if (bytesEqual(own.subject.der, others.subject.der)) refuse(terms, "same-name");
  const isOther = subject !== undefined &&
    !bytesEqual(encodeDistinguishedName(subject, "required"), others.subject.der);
  if (isOther) refuse(terms, "other-subject");
  const further = await readRollover(next.store);
  if (further !== undefined && further.phase !== "cancelled") refuse(terms, "next-in-rollover");
  await requireAbleNow(system, { ...next, root: next.hierarchy.root });
}

async function newRecord(
  system: System,
  { old, next, place, certificates }: {
    readonly old: Party;
    readonly next: Party;
    readonly place: string;
    readonly certificates: readonly { readonly der: Uint8Array }[];
  },
): Promise<RolloverRecord> {
  const now = formatTime(currentSecond(system));
  return {
    phase: "started",
    next: place,
    key: old.hierarchy.root.keyIdentifier.toHex(),
    nextKey: next.hierarchy.root.keyIdentifier.toHex(),
    started: now,
    since: now,
    certificates: await Promise.all(certificates.map(({ der }) => sha256Hex(der))),
  };
}
