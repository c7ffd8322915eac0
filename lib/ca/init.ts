import { join, statIfPresent, type System } from "../system/mod.ts";
import {
  type CreateEntry,
  type Entry,
  inspect,
  makeDirectoryDurably,
  type Session,
  withSession,
} from "../transaction/mod.ts";
import { readCertificate } from "../x509/read/certificate.ts";
import { encodeDistinguishedName } from "../x509/name/distinguished_name.ts";
import { issueRoot } from "../x509/write/certificate.ts";
import { keyIdentifierOf } from "../x509/key/key_identifier.ts";
import { formatName } from "../x509/name/name.ts";
import { writePem } from "../x509/encoding/pem.ts";
import { readPublicKeyInfo } from "../x509/key/public_key.ts";
import { type GeneratedKey, type KeyType, webCryptoKeys } from "../x509/key/signer.ts";
import { currentSecond } from "./issue/authority.ts";
import { type CaOptions, type ChangeReport, ownAttributes } from "./ca.ts";
import { encodeCounter } from "./store/directory/counter.ts";
import {
  type CaPaths,
  type DataDirectory,
  findDataDirectory,
  presenceOf,
} from "./store/directory/data_directory.ts";
import { CaAlreadyInitializedError, StrayFileError } from "./errors.ts";
import { requireTrustedCa } from "./place.ts";
import { encodeIndex } from "./store/directory/index_file.ts";

/** What CA is to be made. */
export interface InitOptions extends CaOptions {
  /** RFC 4514. */
  readonly subject: string;
  readonly keyType: KeyType;
  /** Days, of 86,400 seconds. */
  readonly validity: number;
}

/** What `ca init` did. */
export interface InitReport extends ChangeReport {
  /** RFC 4514, escaped. */
  readonly subject: string;
  readonly keyType: KeyType;
  readonly notAfter: Date;
  /** Its files, in the data directory as the caller wrote it. */
  readonly certificatePath: string;
  readonly keyPath: string;
}

/**
 * Makes a CA: a key, a self-signed certificate, counters and an empty index, in one transaction. The
 * data directory is made where it is missing.
 *
 * @throws CaAlreadyInitializedError, StrayFileError, InvalidDistinguishedNameError
 */
export async function init(system: System, options: InitOptions): Promise<InitReport> {
  const subject = encodeDistinguishedName(options.subject, "required");
  requireTrustedCa(system, options.dataDirectory);
  const directory = findDataDirectory(system.files, options.dataDirectory) ??
    makeDataDirectory(system, options.dataDirectory);
  await requireEmptyOrRecoveryDue(system, directory);
  return await withSession(system, directory.site, {
    lockTimeout: options.lockTimeout,
    work: (session) => initInSession(system, { ...options, session, directory, subject }),
  });
}

function makeDataDirectory(system: System, written: string): DataDirectory {
  const { files } = system;
  makeDirectoryDurably(files, written, 0o755);
  const directory = findDataDirectory(files, written);
  if (directory === undefined) throw new Error(`${written} was removed meanwhile`);
  // In a sticky directory someone else may have been faster.
  requireTrustedCa(system, written);
  return directory;
}

/** Asked before the session, which would make a lock: what is refused stays as it is. */
async function requireEmptyOrRecoveryDue(system: System, directory: DataDirectory): Promise<void> {
  try {
    requireEmpty(system, directory);
  } catch {
    const { outcome } = await inspect(system, directory.site);
    // Asked again, for another init may have been at work, and be done by now.
    if (outcome === "clean") requireEmpty(system, directory);
  }
}

interface InitInSession extends Omit<InitOptions, "subject"> {
  readonly session: Session;
  readonly directory: DataDirectory;
  /** DER Name. */
  readonly subject: Uint8Array;
}

async function initInSession(system: System, options: InitInSession): Promise<InitReport> {
  const { session, keyType, keys = webCryptoKeys } = options;
  const { written, paths } = options.directory;
  requireEmpty(system, options.directory);
  const notBefore = currentSecond(system);
  const notAfter = new Date(notBefore.getTime() + options.validity * 86_400_000);
  const key = await keys.generate(keyType);
  const der = await issueRoot({
    serial: 1n,
    subject: options.subject,
    notBefore,
    notAfter,
    publicKeyInfo: key.publicKeyInfo,
    keyIdentifier: await keyIdentifierOf(readPublicKeyInfo(key.publicKeyInfo)),
  }, key);
  // Before anything is written: a root that cannot be read would be no CA, and in the way of another.
  const { subject } = readCertificate(der);
  const { warnings } = await session.commit(entriesFor(system, paths, { key, der }));
  return {
    subject: formatName(subject),
    keyType,
    notAfter,
    certificatePath: join(written, "ca.crt"),
    keyPath: join(written, "ca.key"),
    recovery: session.recovery,
    warnings,
  };
}

/** An existing CA is never overwritten, nor what is left of one: its numbers must not be used again. */
function requireEmpty({ files }: System, { written, paths }: DataDirectory): void {
  const { key, certificate } = presenceOf(files, paths);
  if (key || certificate) throw new CaAlreadyInitializedError(written);
  for (const path of [paths.crl, paths.serial, paths.crlNumber, paths.index]) {
    if (statIfPresent(files, path) !== undefined) throw new StrayFileError(path);
  }
  const isThere = statIfPresent(files, paths.certificates) !== undefined;
  const [first] = isThere ? files.readDirectory(paths.certificates) : [];
  if (first !== undefined) throw new StrayFileError(join(paths.certificates, first));
}

/** The certificate comes last: it marks the CA as initialised. */
function entriesFor(
  system: System,
  paths: CaPaths,
  { key, der }: { readonly key: GeneratedKey; readonly der: Uint8Array },
): Entry[] {
  const attributes = ownAttributes(system, paths, 0o644);
  const create = (target: string, content: Uint8Array, mode = 0o644): CreateEntry => ({
    kind: "create",
    target,
    content,
    attributes: { ...attributes, mode },
  });
  const pem = (label: string, bytes: Uint8Array): Uint8Array =>
    new TextEncoder().encode(writePem(label, bytes));
  const hasDirectory = statIfPresent(system.files, paths.certificates) !== undefined;
  return [
    ...(hasDirectory
      ? []
      : [{ kind: "makeDirectory", target: paths.certificates, mode: 0o755 } as const]),
    create(paths.serial, encodeCounter(2n)),
    create(paths.crlNumber, encodeCounter(1n)),
    create(paths.index, encodeIndex([])),
    create(paths.key, pem("PRIVATE KEY", key.pkcs8), 0o600),
    create(paths.certificate, pem("CERTIFICATE", der)),
  ];
}
