/** Issues the key and the certificate of an OCSP responder. */
import type { Random, System } from "../../system/mod.ts";
import {
  type Certificate,
  DerReader,
  encodeDistinguishedName,
  formatSerial,
  type GeneratedKey,
  issueOcspResponder,
  keyIdentifierOf,
  readCertificate,
  readName,
  readPublicKeyInfo,
  webCryptoKeys,
  withCommonName,
} from "../../x509/mod.ts";
import type { CaOptions, ChangeReport } from "../ca.ts";
import { describe } from "../identity/mod.ts";
import {
  backdated,
  currentSecond,
  loadUsableAuthority,
  readRoot,
  takeSerial,
} from "../issue/mod.ts";
import { askEarly, type AskPassphrase } from "../key/mod.ts";
import { type CaSettings, readSettings } from "../settings/mod.ts";
import { openStore, recordOf, requesterOf, type StoreChange } from "../store/mod.ts";
import {
  type OcspResponder,
  responderBackdate,
  responderKeyKind,
  responderValidity,
} from "./responder.ts";
import { readResponder, responderPath, writeResponder } from "./responder_file.ts";

/** A new responder. */
export interface ResponderReport extends ChangeReport {
  readonly responder: OcspResponder;
  /** Formatted by `formatSerial`. */
  readonly serial: string;
  /** Where it is kept, based on the data directory as given by the caller. */
  readonly path: string;
}

/** The name of the profile in the details of its certificate. No profile of `ca.toml` makes such ones. */
export const responderProfile = "ocsp-responder";

/**
 * Generates a key, issues the certificate of an OCSP responder for it in a transaction of its own, and keeps
 * both in a file for servers to find. The certificate is recorded before it exists outside: if the file
 * cannot be written, the key is lost, and the next call makes another one.
 *
 * @throws the errors of a change and of the CA's key; FileSystemError if the file cannot be written.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoSystem } from "../../system/mod.ts";
 * import { init } from "../mod.ts";
 * import { issueResponder } from "./mod.ts";
 *
 * const root = await Deno.makeTempDir();
 * const ca = { dataDirectory: `${root}/ca`, lockTimeout: 1000 };
 * const day = 24 * 3600 * 1000;
 * const keyType = "ecdsa-p256";
 * await init(denoSystem, { ...ca, subject: "CN=Root", keyType, validity: 3650 * day, built: undefined });
 * const { serial, path } = await issueResponder(denoSystem, ca);
 * assert.equal(serial, "02");
 * assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function issueResponder(
  system: System,
  options: CaOptions,
): Promise<ResponderReport> {
  const { lockTimeout, keys = webCryptoKeys } = options;
  const settings = await readSettings(system, options);
  const store = await openStore(system, options);
  const passphrase = await askEarly(store, options);
  const root = await readRoot(store);
  // Before the lock is taken: an RSA key takes a while.
  const key = await keys.generate(responderKeyKind(root.certificate.subjectPublicKeyInfo));
  const replaced = await readResponder(system, { location: options, root });
  const requestedBy = requesterOf(system, "OCSP");
  const { value: certificate, recovery, warnings } = await store.change({
    actor: requestedBy,
    lockTimeout,
    work: (change) =>
      issue(change, {
        options: { ...options, passphrase },
        key,
        replaced: replaced?.certificate,
        settings,
        random: system.random,
        requestedBy,
        now: currentSecond(system),
      }),
  });
  const { pkcs8, ...signer } = key;
  writeResponder(system, options, { pkcs8, certificate });
  return {
    responder: { signer, certificate },
    serial: formatSerial(certificate.serial),
    path: responderPath(options),
    recovery,
    warnings,
  };
}

interface ResponderTerms {
  readonly options: CaOptions & { readonly passphrase: AskPassphrase };
  readonly key: GeneratedKey;
  /** The certificate of the responder before this one, if it is known. */
  readonly replaced: Certificate | undefined;
  readonly settings: CaSettings;
  readonly random: Random;
  readonly requestedBy: string;
  readonly now: Date;
}

async function issue(store: StoreChange, terms: ResponderTerms): Promise<Certificate> {
  const { options, key, settings, random, requestedBy, now } = terms;
  const { keys = webCryptoKeys, passphrase } = options;
  const root = await readRoot(store);
  const { authority } = await loadUsableAuthority({ store, keys, passphrase }, { root, now });
  const serial = await takeSerial(store, { root, settings, random });
  const { subject, notBefore: earliest, notAfter: latest } = root.certificate;
  const notBefore = backdated(now, responderBackdate, earliest);
  const end = new Date(notBefore.getTime() + responderValidity);
  const publicKey = readPublicKeyInfo(key.publicKey);
  const commonName = readName(new DerReader(encodeDistinguishedName("CN=OCSP responder")));
  const der = await issueOcspResponder({
    serial,
    subject: withCommonName(subject, commonName).der,
    notBefore,
    notAfter: end > latest ? latest : end,
    publicKeyInfo: key.publicKey,
    keyIdentifier: await keyIdentifierOf(publicKey),
  }, authority);
  const certificate = readCertificate(der);
  const details = { profile: responderProfile, ...await describe(certificate), requestedBy };
  await store.record([{ record: recordOf(certificate), der, details }]);
  await supersede(store, { by: certificate, replaced: terms.replaced });
  return certificate;
}

/** So that the certificate before it is not taken for a device that has stopped renewing. */
async function supersede(
  store: StoreChange,
  { by, replaced }: { readonly by: Certificate; readonly replaced: Certificate | undefined },
): Promise<void> {
  if (replaced === undefined || await store.find(replaced.serialNumber) === undefined) return;
  await store.describe(replaced.serialNumber, { supersededBy: by.serialNumber });
}
