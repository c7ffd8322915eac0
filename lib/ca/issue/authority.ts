/** Loads a CA's root certificate, key and last CRL, and checks whether the CA may sign now. */
import { attemptAsync, type System, wrapError } from "../../system/mod.ts";
import {
  algorithmsEqual,
  type Authority,
  type Certificate,
  type Crl,
  crlLabel,
  decodeStartOfOwnPem,
  DerReader,
  EncryptedPrivateKeyError,
  isKeyFor,
  isSelfIssued,
  isSignedBy,
  isValidAt,
  type KeySource,
  mayIssueCertificates,
  type Name,
  namesEqual,
  type PrivateKey,
  type PublicKey,
  readAlgorithmIdentifier,
  readCrl,
  readCrlFile,
  readCrlHead,
  readPrivateKeyFile,
  readSingleCertificateFile,
  type Signed,
  type Signer,
} from "../../x509/mod.ts";
import {
  BadCaCrlError,
  BadCaFileError,
  CaExpiredError,
  CaKeyMismatchError,
  type CaPlace,
  ClockBehindError,
} from "../errors.ts";
import type { AskPassphrase } from "../key/mod.ts";
import type { StoredCrl, StoreReader } from "../store/mod.ts";

/** A CA's root certificate, checked. */
export interface Root {
  readonly certificate: Certificate;
  readonly keyIdentifier: Uint8Array;
}

/** Whether a CA is a root, which signs its own certificate. */
export function placeOf({ certificate }: Pick<Root, "certificate">): CaPlace {
  return isSelfIssued(certificate) ? "root" : "intermediate";
}

/**
 * Reads and checks the root certificate.
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
  return requireCaCertificate(certificate, path);
}

/**
 * Checks that a certificate is one that certswap can use for a CA.
 *
 * @param path for errors only.
 * @throws BadCaFileError
 */
export function requireCaCertificate(certificate: Certificate, path: string): Root {
  if (!mayIssueCertificates(certificate)) {
    throw new BadCaFileError(path, "not-a-ca-certificate");
  }
  if (!isSupportedKey(certificate.subjectPublicKeyInfo, "ca")) {
    throw new BadCaFileError(path, "unsupported-key");
  }
  const keyIdentifier = certificate.subjectKeyIdentifier;
  if (keyIdentifier === undefined) throw new BadCaFileError(path, "no-subject-key-identifier");
  return { certificate, keyIdentifier };
}

/** Where to find the root's key, and how to load it. */
export interface KeyPlace {
  readonly store: StoreReader;
  readonly keys: KeySource;
  /** See `CaOptions`. */
  readonly passphrase: AskPassphrase;
}

/**
 * Loads the root's key for signing. The first signature shows whether it belongs to `root`: if it does not
 * verify, neither this one nor any other is given out.
 *
 * @throws BadCaFileError, CaKeyMismatchError, WrongPassphraseError, NoPassphraseError, FileSystemError. When
 * it signs: CaKeyMismatchError
 */
export async function loadAuthority(
  place: KeyPlace,
  root: Root,
): Promise<Authority> {
  const { store, keys } = place;
  const path = store.nameOf("key").absolute;
  const { key, forget } = await readKey(place);
  const { subject, subjectPublicKeyInfo } = root.certificate;
  const signer = await keys.load(key, subjectPublicKeyInfo).catch((cause) => {
    throw new BadCaFileError(path, "not-a-pkcs8-key", { cause });
  }).finally(forget);
  if (!algorithmsEqual(signer.algorithm.key, subjectPublicKeyInfo.algorithm)) {
    throw keyMismatch(store);
  }
  const proving = provingSigner(signer, { root, store });
  return { signer: proving, name: subject.der, keyIdentifier: root.keyIdentifier };
}

/** All signatures are made with the same key, so the first one is enough to check it. */
function provingSigner(
  signer: Signer,
  { root, store }: { readonly root: Root; readonly store: StoreReader },
): Signer {
  const { algorithm, publicKey } = signer;
  let proof: Promise<boolean> | undefined;
  return {
    algorithm,
    publicKey,
    async sign(tbs) {
      const signature = await signer.sign(tbs);
      proof ??= isSignedBy(
        {
          tbs,
          signatureAlgorithm: readAlgorithmIdentifier(new DerReader(algorithm.signature)),
          signature,
        },
        root.certificate,
      );
      if (!await proof) throw keyMismatch(store);
      return signature;
    },
  };
}

/** A private key, and what to do when it is no longer needed. */
interface ReadKey {
  readonly key: PrivateKey;
  readonly forget: () => void;
}

/** Reads the key, decrypted if need be. */
async function readKey({ store, passphrase }: KeyPlace): Promise<ReadKey> {
  const content = await store.key();
  try {
    return { key: readPrivateKeyFile(content), forget: () => {} };
  } catch (cause) {
    const { absolute, written: path } = store.nameOf("key");
    if (!(cause instanceof EncryptedPrivateKeyError)) {
      throw new BadCaFileError(absolute, "not-a-pkcs8-key", { cause });
    }
    const { unlockKey } = await import("../key/unlock.ts");
    const key = await unlockKey({ content, path, passphrase: await passphrase() });
    return { key, forget: () => key.pkcs8.fill(0) };
  }
}

function keyMismatch(store: StoreReader): CaKeyMismatchError {
  return new CaKeyMismatchError(store.nameOf("root").absolute, store.nameOf("key").absolute);
}

/**
 * Checks that the stored key belongs to `root`: its signatures must verify.
 *
 * @throws BadCaFileError, CaKeyMismatchError, WrongPassphraseError, NoPassphraseError, FileSystemError
 */
export async function proveKey(place: KeyPlace, root: Root): Promise<void> {
  await prove(await loadAuthority(place, root));
}

async function prove({ signer }: Authority): Promise<void> {
  await signer.sign(new Uint8Array(32));
}

/** Whether a certificate or a CRL is one of this CA: issued in its name, and signed with its key. */
export async function isIssuedBy(
  root: Root,
  issued: Signed & { readonly issuer: Name },
): Promise<boolean> {
  return namesEqual(issued.issuer, root.certificate.subject) &&
    await isSignedBy(issued, root.certificate);
}

/** A CRL of this CA. They all have a number. */
export type NumberedCrl = Crl & { readonly number: bigint };

/**
 * Reads the last CRL.
 *
 * @returns `undefined` if there is none yet.
 * @throws BadCaCrlError if it is not a CRL, or not signed by this CA. FileSystemError
 */
export async function readLastCrl(
  store: StoreReader,
  root: Root,
): Promise<NumberedCrl | undefined> {
  const stored = await store.lastCrl();
  return stored && await ownCrlIn(stored, { store, root });
}

interface CrlPlace {
  readonly store: StoreReader;
  readonly root: Root;
}

/** @throws BadCaCrlError */
async function ownCrlIn(
  { form, content }: StoredCrl,
  { store, root }: CrlPlace,
): Promise<NumberedCrl> {
  const path = store.nameOf("crl").absolute;
  const crl = wrapError(
    () => form === "pem" ? readCrlFile(content) : readCrl(content),
    (cause) => new BadCaCrlError(path, "not-a-crl", { cause }),
  );
  if (!await isIssuedBy(root, crl)) throw new BadCaCrlError(path, "foreign");
  // RFC 5280 5.2: an unknown critical extension may restrict what the CRL covers.
  if (crl.criticalExtensions.length > 0) throw new BadCaCrlError(path, "critical-extension");
  const { number } = crl;
  if (number === undefined) throw new BadCaCrlError(path, "no-number");
  return { ...crl, number };
}

/** When a CRL was issued, and when the next one was expected. */
export type CrlTimes = Pick<Crl, "thisUpdate" | "nextUpdate">;

/** Up to this size in bytes, a CRL is always read as a whole. A thousand revoked certificates fit. */
const largeCrl = 64 * 1024;

/**
 * Reads the times of the last CRL. Of a large one, reads only the beginning: its signature is then verified
 * by the commands that need its entries, and by `check`.
 *
 * @throws as {@linkcode readLastCrl}.
 */
export async function readLastCrlTimes(
  store: StoreReader,
  root: Root,
): Promise<CrlTimes | undefined> {
  const stored = await store.lastCrl(largeCrl);
  if (stored === undefined) return undefined;
  if (stored.isWhole) return await ownCrlIn(stored, { store, root });
  const { form, content } = stored;
  const start = form === "der" ? content : decodeStartOfOwnPem(crlLabel, content);
  if (start === undefined) return await readLastCrl(store, root);
  const path = store.nameOf("crl").absolute;
  const head = wrapError(
    () => readCrlHead(start),
    (cause) => new BadCaCrlError(path, "not-a-crl", { cause }),
  );
  if (!namesEqual(head.issuer, root.certificate.subject)) throw new BadCaCrlError(path, "foreign");
  return head;
}

/** As {@linkcode readLastCrl}; `undefined` also if it is unusable, for what must not fail because of it. */
export async function lastCrlIfGood(store: StoreReader): Promise<NumberedCrl | undefined> {
  return await attemptAsync(async () => await readLastCrl(store, await readRoot(store)));
}

/** As {@linkcode readLastCrlTimes}; `undefined` also if it is unusable. */
export async function lastCrlTimesIfGood(store: StoreReader): Promise<CrlTimes | undefined> {
  return await attemptAsync(async () => await readLastCrlTimes(store, await readRoot(store)));
}

/** The nextUpdate of a CRL if it is in the past: after that it no longer proves that nothing is revoked. */
export function expiryOfCrl(crl: CrlTimes | undefined, now: Date): Date | undefined {
  return crl?.nextUpdate !== undefined && crl.nextUpdate < now ? crl.nextUpdate : undefined;
}

/** A CA that may sign now. */
export interface UsableAuthority {
  readonly authority: Authority;
  /** The times of the last CRL; `undefined` if there is none yet. */
  readonly crl: CrlTimes | undefined;
}

/**
 * Loads a CA for signing, and checks that it may sign at this time.
 *
 * @throws CaExpiredError, ClockBehindError, BadCaCrlError, and the errors of {@linkcode loadAuthority}
 */
export async function loadUsableAuthority(
  place: KeyPlace,
  { root, now }: { readonly root: Root; readonly now: Date },
): Promise<UsableAuthority> {
  const authority = await loadAuthority(place, root);
  const crl = await readLastCrlTimes(place.store, root);
  requireUsableTime(now, { root, crl });
  return { authority, crl };
}

/**
 * Checks that a CA could sign at this time, with a signature that is not used.
 *
 * @throws as {@linkcode loadUsableAuthority}.
 */
export async function requireUsableAuthority(
  place: KeyPlace,
  terms: { readonly root: Root; readonly now: Date },
): Promise<void> {
  const { authority } = await loadUsableAuthority(place, terms);
  await prove(authority);
}

/**
 * Checks that the CA can sign at this time.
 *
 * @throws CaExpiredError, ClockBehindError
 */
function requireUsableTime(
  now: Date,
  { root, crl }: { readonly root: Root; readonly crl: CrlTimes | undefined },
): void {
  const { certificate } = root;
  if (now < certificate.notBefore) {
    throw new ClockBehindError(now, certificate.notBefore, "root-not-before");
  }
  if (!isValidAt(certificate, now)) throw new CaExpiredError(certificate.notAfter, placeOf(root));
  if (crl !== undefined && now < crl.thisUpdate) {
    throw new ClockBehindError(now, crl.thisUpdate, "crl-this-update");
  }
}

/** Whether a CA signs with, or for, this public key. */
export function isSupportedKey({ algorithm, bytes }: PublicKey, use: "ca" | "leaf"): boolean {
  // SEC 1 2.3.3: 4 marks an uncompressed point. RFC 5480 2.2 makes support for compressed ones optional.
  if (algorithm.kind === "ec" && bytes[0] !== 4) return false;
  return isKeyFor(use, algorithm);
}

/**
 * A time a little before now, so that peers whose clock is a little behind accept what is dated with it.
 *
 * @param by milliseconds.
 * @param floor the result is never before this date.
 */
export function backdated(now: Date, by: number, floor?: Date): Date {
  return new Date(Math.max(now.getTime() - by, floor?.getTime() ?? -Infinity));
}

/** The current time, to the second: certificates and CRLs have no fractions. */
export function currentSecond({ clock }: System): Date {
  return new Date(Math.floor(clock.now().getTime() / 1000) * 1000);
}
