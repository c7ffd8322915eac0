/** `ca init`: makes a CA. */
import type { System } from "../system/mod.ts";
import { keyIdentifierOf } from "../x509/key/key_identifier.ts";
import { readPublicKeyInfo } from "../x509/key/public_key.ts";
import type { KeyKindFor } from "../x509/key/kinds.ts";
import { type KeySource, webCryptoKeys } from "../x509/key/signer.ts";
import { encodeDistinguishedName } from "../x509/name/distinguished_name.ts";
import { formatName } from "../x509/name/name.ts";
import { readCertificate } from "../x509/read/certificate.ts";
import { issueRoot } from "../x509/write/certificate.ts";
import type { CaOptions, ChangeReport } from "./ca.ts";
import { currentSecond } from "./issue/authority.ts";
import { createStore } from "./store/open.ts";
import { lastTime } from "../x509/encoding/der_writer.ts";
import type { NewRoot } from "./store/store.ts";

/** What CA is to be made. */
export interface InitOptions extends CaOptions {
  /** RFC 4514. */
  readonly subject: string;
  readonly keyType: KeyKindFor<"ca">;
  /** Days, of 86,400 seconds. */
  readonly validity: number;
}

/** What `ca init` did. */
export interface InitReport extends ChangeReport {
  /** RFC 4514, escaped. */
  readonly subject: string;
  readonly keyType: KeyKindFor<"ca">;
  readonly notAfter: Date;
  /** Its files, in the data directory as the caller wrote it. */
  readonly certificatePath: string;
  readonly keyPath: string;
}

/**
 * Makes a CA: a key, a self-signed certificate, and a store that has issued nothing yet, in one change.
 *
 * @throws CaAlreadyInitializedError, StrayFileError, InvalidDistinguishedNameError
 */
export async function init(system: System, options: InitOptions): Promise<InitReport> {
  const { dataDirectory, lockTimeout, keyType, validity, keys = webCryptoKeys } = options;
  const subject = encodeDistinguishedName(options.subject, "required");
  const { value, recovery, warnings, store } = await createStore(system, {
    dataDirectory,
    lockTimeout,
    make: () => makeRoot({ subject, notBefore: currentSecond(system), keyType, validity, keys }),
  });
  return {
    subject: value.subject,
    keyType,
    notAfter: value.notAfter,
    certificatePath: store.nameOf("root").written,
    keyPath: store.nameOf("key").written,
    recovery,
    warnings,
  };
}

interface RootTerms {
  /** DER Name. */
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly keyType: KeyKindFor<"ca">;
  /** Days. */
  readonly validity: number;
  readonly keys: KeySource;
}

interface MadeRoot extends NewRoot {
  /** RFC 4514, escaped. */
  readonly subject: string;
  readonly notAfter: Date;
}

async function makeRoot(terms: RootTerms): Promise<MadeRoot> {
  const { notBefore, keyType, validity, keys } = terms;
  const asked = new Date(notBefore.getTime() + validity * 86_400_000);
  const notAfter = asked > lastTime ? lastTime : asked;
  const key = await keys.generate(keyType);
  const certificate = await issueRoot({
    serial: 1n,
    subject: terms.subject,
    notBefore,
    notAfter,
    publicKeyInfo: key.publicKey,
    keyIdentifier: await keyIdentifierOf(readPublicKeyInfo(key.publicKey)),
  }, key);
  // Before anything is written: a root that cannot be read would be no CA, and in the way of another.
  const { subject } = readCertificate(certificate);
  return { certificate, key: key.pkcs8, subject: formatName(subject), notAfter };
}
