/** `ca activate`: installs the certificate that another CA has signed for this one. */
import type { System } from "../../system/mod.ts";
import {
  bytesEqual,
  type Certificate,
  certificatesEqual,
  formatName,
  formatSerial,
  isSelfIssued,
  type KeySource,
  namesEqual,
  readRequestFile,
  webCryptoKeys,
} from "../../x509/mod.ts";
import type { CaOptions, ChangeReport } from "../ca.ts";
import { CaKeyMismatchError } from "../errors.ts";
import {
  previousWith,
  proveKey,
  readCertificates,
  readRoot,
  requireCaCertificate,
  type Root,
} from "../issue/mod.ts";
import { askEarly, type AskPassphrase } from "../key/mod.ts";
import { openStore, settlePending, type StoreChange, type StoreReader } from "../store/mod.ts";
import { chainAbove } from "./chain_above.ts";
import { readCertificatesAt } from "./read_certificates.ts";
import { ActivationRefusedError, CertificateForOtherKeyError } from "./errors.ts";

/** Options of `ca activate`. */
export interface ActivateOptions extends CaOptions {
  /** The certificate, and perhaps those above it, in any order. */
  readonly file: string;
  /** The certificates above it, in any order. */
  readonly chainFile: string | undefined;
}

/** What was done with a certificate. */
export type Activated =
  /** The CA was waiting for it. */
  | "activated"
  /** It replaced an older one with the same key. */
  | "renewed"
  /** The CA had it, and the certificates above are new. */
  | "chain-replaced"
  /** The CA had all of it. */
  | "unchanged";

/** Report of `ca activate`. */
export interface ActivateReport extends ChangeReport, SignedCa {
  readonly done: Activated;
}

/** A CA that another one has signed. */
export interface SignedCa {
  /** RFC 4514, escaped. `issuer` likewise. */
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly notAfter: Date;
  /** Path of the certificate, based on the data directory as given by the caller. The others likewise. */
  readonly certificatePath: string;
  readonly chainPath: string;
  readonly previousPath: string;
  readonly keyPath: string;
}

/**
 * Installs the certificate of an intermediate CA: of one that waits for it, or a newer one for the same key.
 *
 * @throws CertificateForOtherKeyError, ActivationChainError, ActivationRefusedError, BadCaFileError
 * @throws CertificateUnreadableError, CaNotInitializedError, StrayFileError
 */
export async function activate(system: System, options: ActivateOptions): Promise<ActivateReport> {
  const { file, chainFile, dataDirectory, lockTimeout, keys = webCryptoKeys } = options;
  const given = await readCertificatesAt(system, file);
  const others = chainFile === undefined ? [] : await readCertificatesAt(system, chainFile);
  const store = await openStore(system, options);
  const passphrase = await askEarly(store, options);
  const offer: Offer = { file, given, others, now: system.clock.now(), keys, passphrase };
  const { root } = await store.presence();
  const { value, recovery, warnings } = root
    ? await store.change({ lockTimeout, work: (change) => renew(change, offer) })
    : await settlePending(system, {
      dataDirectory,
      lockTimeout,
      work: async (pending) => {
        const own = await choose(pending, offer);
        const value = { certificate: own.certificate, done: "activated" as const };
        return { value, activation: toDer(own) };
      },
    });
  return {
    ...describeSigned(store, value.certificate),
    done: value.done,
    recovery,
    warnings,
  };
}

/** What to say about a CA that another one has signed. */
export function describeSigned(store: StoreReader, certificate: Certificate): SignedCa {
  return {
    subject: formatName(certificate.subject),
    issuer: formatName(certificate.issuer),
    serial: formatSerial(certificate.serial),
    notAfter: certificate.notAfter,
    certificatePath: store.nameOf("root").written,
    chainPath: store.nameOf("chain").written,
    previousPath: store.nameOf("previous").written,
    keyPath: store.nameOf("key").written,
  };
}

/** What the caller has given. */
export interface Offer {
  /** The file with the certificate. For errors. */
  readonly file: string;
  readonly given: readonly Certificate[];
  /** Certificates from another file. */
  readonly others: readonly Certificate[];
  readonly now: Date;
  readonly keys: KeySource;
  readonly passphrase: AskPassphrase;
}

/** A certificate of this CA, and the verified chain above it. */
interface Chosen {
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
}

/**
 * Chooses the certificate for a waiting CA, and verifies it up to a root.
 *
 * @throws CertificateForOtherKeyError, ActivationChainError, ActivationRefusedError, BadCaFileError
 */
export async function choose(pending: StoreReader, offer: Offer): Promise<Chosen> {
  const content = await pending.request();
  const key = content && readRequestFile(content).subjectPublicKeyInfo.der;
  return await verified(pending, offer, {
    isFor: (der) => key === undefined || bytesEqual(der, key),
  });
}

/** Replaces the certificate of a complete CA by a newer one for the same key. */
async function renew(
  change: StoreChange,
  offer: Offer,
): Promise<{ readonly certificate: Certificate; readonly done: Activated }> {
  const { certificate: current } = await readRoot(change);
  if (isSelfIssued(current)) throw new ActivationRefusedError(offer.file, "root");
  const key = current.subjectPublicKeyInfo.der;
  const { certificate, chain } = await verified(change, offer, {
    isFor: (der) => bytesEqual(der, key),
  });
  if (!namesEqual(certificate.subject, current.subject)) {
    throw new ActivationRefusedError(offer.file, "other-name");
  }
  if (certificate.notBefore < current.notBefore) {
    throw new ActivationRefusedError(offer.file, "older");
  }
  const isSame = certificatesEqual(certificate, current);
  const known = await readCertificates(change, "chain");
  if (isSame && areEqual(chain, known)) return { certificate, done: "unchanged" };
  const previous = isSame ? [] : await previousWith(change, { current, now: offer.now });
  await change.replaceCertificate({ ...toDer({ certificate, chain }), previous: ders(previous) });
  return { certificate, done: isSame ? "chain-replaced" : "renewed" };
}

function areEqual(a: readonly Certificate[], b: readonly Certificate[]): boolean {
  return a.length === b.length &&
    a.every((one, index) => b[index] !== undefined && certificatesEqual(one, b[index]));
}

/** The DER of certificates, as a store takes them. */
export function toDer({ certificate, chain }: Chosen): {
  readonly certificate: Uint8Array;
  readonly chain: readonly Uint8Array[];
} {
  return { certificate: certificate.der, chain: ders(chain) };
}

function ders(certificates: readonly Certificate[]): readonly Uint8Array[] {
  return certificates.map(({ der }) => der);
}

/** Chooses the certificate for the CA's key, and verifies everything about it. */
async function verified(
  store: StoreReader,
  offer: Offer,
  { isFor }: { readonly isFor: (publicKey: Uint8Array) => boolean },
): Promise<Chosen> {
  const { file, given, keys, passphrase } = offer;
  const keyPath = store.nameOf("key").absolute;
  const certificate = given.find(({ subjectPublicKeyInfo: { der } }) => isFor(der));
  if (certificate === undefined) throw new CertificateForOtherKeyError(file, keyPath);
  const root: Root = requireCaCertificate(certificate, file);
  if (isSelfIssued(certificate)) throw new ActivationRefusedError(file, "self-signed");
  const { others, now } = offer;
  const chain = await chainAbove(certificate, { file, candidates: [...given, ...others], now });
  try {
    await proveKey({ store, keys, passphrase }, root);
  } catch (cause) {
    if (!(cause instanceof CaKeyMismatchError)) throw cause;
    throw new CertificateForOtherKeyError(file, keyPath, { cause });
  }
  return { certificate, chain };
}
