/** `ca import`: takes over the CA of another program. */
import { readGivenFile, type System, wrapError } from "../../system/mod.ts";
import {
  BadCertificateError,
  formatName,
  isSelfIssued,
  type PrivateKey,
  privateKeyFileLimit,
  proveKeyBelongs,
  readPrivateKeyFile,
} from "../../x509/mod.ts";
import type { ChangeReport, NewCaOptions } from "../ca.ts";
import { BadCaFileError } from "../errors.ts";
import type { Root } from "../issue/mod.ts";
import { isEncryptedKey, NoPassphraseError } from "../key/mod.ts";
import { type CertificateRecord, createStore, type NewRoot } from "../store/mod.ts";
import { ImportedKeyMismatchError, TooManyCertificatesError } from "./errors.ts";
import type { IgnoredFile } from "./certificates.ts";
import { gather, type Gathered } from "./gather.ts";
import { type ImportSource, placesOf, requireApart } from "./places.ts";

/** Options of `ca import`. */
export interface ImportOptions extends NewCaOptions {
  readonly source: ImportSource;
  /** Called with the number of certificates read so far. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What an import brings. */
export interface Imported {
  /** RFC 4514, escaped. */
  readonly subject: string;
  readonly notAfter: Date;
  readonly certificates: readonly CertificateRecord[];
  /** The serial numbers of those that the source lists, but does not have: only a record is imported. */
  readonly lost: readonly string[];
  /** Whether it is an intermediate, and the certificates above it did not come along. */
  readonly needsChain: boolean;
  readonly ignored: readonly IgnoredFile[];
  /** Whether the last CRL came along. If not, a new one has to be made. */
  readonly hasCrl: boolean;
  readonly nextSerial: bigint;
  readonly nextCrlNumber: bigint;
  /** Whether the key is encrypted, as it was before, with the same passphrase. */
  readonly isEncrypted: boolean;
}

/** Report of `ca import`. */
export interface ImportReport extends Imported, ChangeReport {
  /** Path of the certificate, based on the data directory as given by the caller. `keyPath` likewise. */
  readonly certificatePath: string;
  readonly keyPath: string;
}

/** The maximum number of certificates: the index of a data directory cannot hold more. */
const certificateLimit = 800_000;

/**
 * Takes over a CA of another program in one change: its key, its certificate, everything it issued, and every
 * revocation. Counters start above all numbers seen. The source is only read.
 *
 * @throws CaAlreadyInitializedError, StrayFileError, NoSourceError, ImportedKeyMismatchError
 * @throws the errors of {@linkcode gather}.
 */
export async function importCa(system: System, options: ImportOptions): Promise<ImportReport> {
  const { dataDirectory, lockTimeout } = options;
  const ready = await prepare(system, options);
  const { recovery, warnings, store } = await createStore(system, {
    dataDirectory,
    store: options.store,
    lockTimeout,
    make: () => Promise.resolve(ready.root),
  });
  return {
    ...ready.imported,
    certificatePath: store.nameOf("root").written,
    keyPath: store.nameOf("key").written,
    recovery,
    warnings,
  };
}

/** What {@linkcode importCa} would bring. Changes nothing. @throws as there. */
export async function planImport(system: System, options: ImportOptions): Promise<Imported> {
  return (await prepare(system, options)).imported;
}

async function prepare(
  system: System,
  options: ImportOptions,
): Promise<{ readonly root: NewRoot; readonly imported: Imported }> {
  const { files } = system;
  const { dataDirectory, source, onProgress } = options;
  const places = placesOf(files, source);
  requireApart(files, { dataDirectory, source });
  const gathered = await gather(system, places, onProgress);
  const { root, chain, certificates, crl, nextSerial, nextCrlNumber } = gathered;
  if (certificates.length > certificateLimit) {
    throw new TooManyCertificatesError(certificates.length, certificateLimit);
  }
  const { key, kept } = await readKey(system, places.key, options);
  const isOwn = await belongsTo(key, { root, path: places.key });
  if (!isOwn) throw new ImportedKeyMismatchError(places.certificate, places.key);
  return {
    root: {
      certificate: root.certificate.der,
      ...kept,
      chain: chain.map(({ der }) => der),
      past: { certificates, crl, nextSerial, nextCrlNumber },
    },
    imported: { ...toImported(gathered), isEncrypted: kept.keyLabel !== undefined },
  };
}

function toImported(
  { root: { certificate }, chain, certificates, ignored, crl, nextSerial, nextCrlNumber }: Gathered,
): Omit<Imported, "isEncrypted"> {
  return {
    subject: formatName(certificate.subject),
    notAfter: certificate.notAfter,
    certificates: certificates.map(({ record }) => record),
    lost: certificates.filter(({ der }) => der === undefined).map(({ record: { serial } }) =>
      serial
    ),
    needsChain: !isSelfIssued(certificate) && chain.length === 0,
    ignored,
    hasCrl: crl !== undefined,
    nextSerial,
    nextCrlNumber,
  };
}

/** The key of the source, and how it will be kept: as it was, encrypted or not. */
interface FoundKey {
  readonly key: PrivateKey;
  readonly kept: Pick<NewRoot, "key" | "keyLabel">;
}

async function readKey(
  { files }: System,
  path: string,
  { passphrase: ask, encryptionTerms }: ImportOptions,
): Promise<FoundKey> {
  const { content } = await readGivenFile(files, path, privateKeyFileLimit);
  if (isEncryptedKey(content)) {
    if (ask === undefined) throw new NoPassphraseError(path, "current");
    const passphrase = await ask().catch((error) => {
      // It only knows the key of the data directory.
      throw error instanceof NoPassphraseError ? new NoPassphraseError(path, "current") : error;
    });
    const { lockKey, unlockKey } = await import("../key/unlock.ts");
    const key = await unlockKey({ content, path, passphrase });
    const encrypted = await lockKey(key.pkcs8, { passphrase, encryptionTerms });
    return { key, kept: { key: encrypted, keyLabel: "ENCRYPTED PRIVATE KEY" } };
  }
  const key = wrapError(
    () => readPrivateKeyFile(content),
    (cause) => new BadCaFileError(path, "not-a-pkcs8-key", { cause }),
  );
  return { key, kept: { key: key.pkcs8 } };
}

/** Whether a key is the one of the certificate. */
async function belongsTo(
  key: PrivateKey,
  { root, path }: { readonly root: Root; readonly path: string },
): Promise<boolean> {
  return await proveKeyBelongs(key, root.certificate).catch((cause) => {
    // Of a public key that is not a point on its curve, there is no private key.
    if (cause instanceof BadCertificateError) return false;
    throw new BadCaFileError(path, "not-a-pkcs8-key", { cause });
  });
}
