/** A CA's root: read, proved to be the key's, and asked whether it may sign now. */
import { type System, wrapError } from "../../system/mod.ts";
import {
  algorithmsEqual,
  type Authority,
  type Certificate,
  type Crl,
  DerReader,
  EncryptedPrivateKeyError,
  isKindFor,
  isValidAt,
  judgeSignature,
  type KeyKindFor,
  type KeySource,
  kindOf,
  namesEqual,
  type PublicKey,
  readAlgorithmIdentifier,
  readCrlFile,
  readPrivateKeyFile,
  readSingleCertificateFile,
  type Signed,
} from "../../x509/mod.ts";
import {
  BadCaCrlError,
  BadCaFileError,
  CaExpiredError,
  CaKeyMismatchError,
  ClockBehindError,
} from "../errors.ts";
import type { StoreReader } from "../store/mod.ts";

/** A CA's root, read and found to be one. */
export interface Root {
  readonly certificate: Certificate;
  readonly keyIdentifier: Uint8Array;
}

/**
 * Reads the root's certificate.
 *
 * @throws BadCaFileError, FileSystemError
 */
export async function readRoot(store: StoreReader): Promise<Root> {
  const content = await store.root();
  const path = store.nameOf("root").absolute;
  const certificate = wrapError(
    () => readSingleCertificateFile(content),
    (cause) => new BadCaFileError(path, "not-a-certificate", { cause }),
  );
  const mayNotSign = certificate.keyUsage?.includes("keyCertSign") === false;
  if (certificate.basicConstraints?.ca !== true || mayNotSign) {
    throw new BadCaFileError(path, "not-a-ca-certificate");
  }
  if (keyTypeOf(certificate.subjectPublicKeyInfo) === undefined) {
    throw new BadCaFileError(path, "unsupported-key");
  }
  const keyIdentifier = certificate.subjectKeyIdentifier;
  if (keyIdentifier === undefined) throw new BadCaFileError(path, "no-subject-key-identifier");
  return { certificate, keyIdentifier };
}

/** Where the root's key is kept, and who makes a key of it. */
interface KeyPlace {
  readonly store: StoreReader;
  readonly keys: KeySource;
}

/**
 * Reads the root's key, to sign as `root`. Whether it is the key of `root` is proved by the first signature
 * that it makes, see {@linkcode requireOwnSignature}.
 *
 * @throws BadCaFileError, CaKeyMismatchError, FileSystemError
 */
export async function loadAuthority(
  { store, keys }: KeyPlace,
  root: Root,
): Promise<Authority> {
  const content = await store.key();
  const path = store.nameOf("key").absolute;
  const key = wrapError(() => readPrivateKeyFile(content), (cause) => {
    const isEncrypted = cause instanceof EncryptedPrivateKeyError;
    return new BadCaFileError(path, isEncrypted ? "encrypted-key" : "not-a-pkcs8-key", { cause });
  });
  const { subject, subjectPublicKeyInfo } = root.certificate;
  const signer = await keys.load(key, subjectPublicKeyInfo).catch((cause) => {
    throw new BadCaFileError(path, "not-a-pkcs8-key", { cause });
  });
  if (!algorithmsEqual(signer.algorithm.key, subjectPublicKeyInfo.algorithm)) {
    throw keyMismatch(store);
  }
  return { signer, name: subject.der, keyIdentifier: root.keyIdentifier };
}

/**
 * Insists that what was just signed verifies with the root's public key, before anybody sees it.
 *
 * @throws CaKeyMismatchError
 */
export async function requireOwnSignature(
  signed: Signed,
  { root, store }: { readonly root: Root; readonly store: StoreReader },
): Promise<void> {
  if (!await isSignedBy(root, signed)) throw keyMismatch(store);
}

function keyMismatch(store: StoreReader): CaKeyMismatchError {
  return new CaKeyMismatchError(store.nameOf("root").absolute, store.nameOf("key").absolute);
}

/**
 * Insists that the key kept is the key of `root`: what it signs must verify.
 *
 * @throws BadCaFileError, CaKeyMismatchError, FileSystemError
 */
export async function proveKey(place: KeyPlace, root: Root): Promise<void> {
  const { signer } = await loadAuthority(place, root);
  const tbs = new Uint8Array(32);
  const signatureAlgorithm = readAlgorithmIdentifier(new DerReader(signer.algorithm.signature));
  const signature = await signer.sign(tbs);
  await requireOwnSignature({ tbs, signatureAlgorithm, signature }, { root, store: place.store });
}

/** Whether the root's key has made a signature. */
export async function isSignedBy({ certificate }: Root, signed: Signed): Promise<boolean> {
  const { is } = await judgeSignature(signed, certificate.subjectPublicKeyInfo);
  return is === "good";
}

/** A CRL of this CA: its own all have a number. */
export type NumberedCrl = Crl & { readonly number: bigint };

/**
 * Reads the last CRL.
 *
 * @returns `undefined` where none was made yet.
 * @throws BadCaCrlError where it is none, or none of this CA's. FileSystemError
 */
export async function readLastCrl(
  store: StoreReader,
  root: Root,
): Promise<NumberedCrl | undefined> {
  const content = await store.lastCrl();
  if (content === undefined) return undefined;
  const path = store.nameOf("crl").absolute;
  const crl = wrapError(
    () => readCrlFile(content),
    (cause) => new BadCaCrlError(path, "not-a-crl", { cause }),
  );
  const isOurs = namesEqual(crl.issuer, root.certificate.subject) && await isSignedBy(root, crl);
  if (!isOurs) throw new BadCaCrlError(path, "foreign");
  // RFC 5280 5.2: what is not understood may limit what the list is about.
  if (crl.criticalExtensions.length > 0) throw new BadCaCrlError(path, "critical-extension");
  const { number } = crl;
  if (number === undefined) throw new BadCaCrlError(path, "no-number");
  return { ...crl, number };
}

/** When a CRL's nextUpdate was, where that is past: it is no evidence from then on. */
export function expiryOfCrl(crl: Crl | undefined, now: Date): Date | undefined {
  return crl?.nextUpdate !== undefined && crl.nextUpdate < now ? crl.nextUpdate : undefined;
}

/**
 * Insists that it is a time at which this CA can sign.
 *
 * @throws CaExpiredError, ClockBehindError
 */
export function requireUsableTime(
  now: Date,
  { root, crl }: { readonly root: Root; readonly crl: Crl | undefined },
): void {
  const { certificate } = root;
  if (now < certificate.notBefore) {
    throw new ClockBehindError(now, certificate.notBefore, "root-not-before");
  }
  if (!isValidAt(certificate, now)) throw new CaExpiredError(certificate.notAfter);
  if (crl !== undefined && now < crl.thisUpdate) {
    throw new ClockBehindError(now, crl.thisUpdate, "crl-this-update");
  }
}

/** The kind of key that this is, where a CA of certswap has to do with such keys. */
export function keyTypeOf({ algorithm, bytes }: PublicKey): KeyKindFor<"ca"> | undefined {
  // SEC 1 2.3.3: 4 begins a point in full; RFC 5480 2.2 leaves it open whether others are taken.
  if (algorithm.kind === "ec" && bytes[0] !== 4) return undefined;
  const kind = kindOf(algorithm);
  return kind !== undefined && isKindFor("ca", kind) ? kind : undefined;
}

/** Now, to the second: certificates and CRLs have no fractions. */
export function currentSecond({ clock }: System): Date {
  return new Date(Math.floor(clock.now().getTime() / 1000) * 1000);
}
