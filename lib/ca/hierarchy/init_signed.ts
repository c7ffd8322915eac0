/** `ca init --signed-by`: creates an intermediate CA, signed by a CA on the same machine. */
import { CertswapError, ifPresent, type System } from "../../system/mod.ts";
import { OutcomeUnknownError } from "../../transaction/mod.ts";
import {
  bytesEqual,
  type CertificationRequest,
  encodeDistinguishedName,
  formatName,
  isKindFor,
  isValidAt,
  type KeyKindFor,
  kindOf,
  readCertificateFile,
  readRequestFile,
  webCryptoKeys,
} from "../../x509/mod.ts";
import { type ChangeReport, findCa, type NewCaOptions, requirePossibleCa } from "../ca.ts";
import { CaAlreadyInitializedError } from "../errors.ts";
import { readHierarchy, readRoot, sign } from "../issue/mod.ts";
import { askEarly, type AskPassphrase, once } from "../key/mod.ts";
import {
  type CaLocation,
  openStore,
  readStoredCertificate,
  settle,
  settlePending,
  type StoreReader,
} from "../store/mod.ts";
import { findIssuingCa } from "../succession/mod.ts";
import { requireAbleToSign } from "./able_to_sign.ts";
import { choose, describeSigned, type SignedCa, toDer } from "./activate.ts";
import { InitUnfinishedError, SignedByItselfError } from "./errors.ts";
import { initRequest } from "./init_request.ts";

/** Options of `ca init --signed-by`. */
export interface InitSignedOptions extends NewCaOptions {
  /** Gets the passphrase for the new key; `undefined`: it is not encrypted. */
  readonly newPassphrase?: AskPassphrase | undefined;
  /** Gets the passphrase of the CA that signs. Called at most once, and only if its key is encrypted. */
  readonly signerPassphrase?: AskPassphrase | undefined;
  /** RFC 4514. */
  readonly subject: string;
  readonly keyType: KeyKindFor<"ca">;
  /** The data directory of the CA that signs. */
  readonly signedBy: string;
  /** A profile of that CA. */
  readonly profile: string;
  /** Milliseconds; `undefined`: as the profile says. */
  readonly validity: number | undefined;
}

/** Report of `ca init --signed-by`. */
export interface InitSignedReport extends ChangeReport, SignedCa {
  readonly keyType: KeyKindFor<"ca">;
}

/**
 * Creates an intermediate CA in three changes, each of which is safe on its own: the new CA's key and its
 * request; the certificate, in the index of the CA that signs; the rest of the new CA. If it was interrupted,
 * the same call continues: it uses the key that is there, and the certificate if it was signed.
 *
 * @throws CaAlreadyInitializedError if there is a CA, or one that waits for a certificate for another name.
 * @throws SignedByItselfError, and the errors of `sign`: nothing has changed then.
 * @throws InitUnfinishedError if something has changed: the same call continues.
 */
export async function initSigned(
  system: System,
  given: InitSignedOptions,
): Promise<InitSignedReport> {
  const issuing = await findIssuingCa(system, { dataDirectory: given.signedBy });
  const options = { ...given, signedBy: issuing.dataDirectory };
  const { dataDirectory, signedBy, keyType } = options;
  const signer = { ...options, dataDirectory: signedBy };
  await requirePossibleCa(system, signer);
  requireTwoCas(system, options);
  const above = await findCa(system, signer);
  await readRoot(above);
  const isResumed = await isWaiting(system, options);
  const signerPassphrase = await askEarly(above, { passphrase: options.signerPassphrase });
  if (!isResumed) {
    await requireAbleToSign(system, { ...options, signer: above, passphrase: signerPassphrase });
  }
  const newPassphrase = options.newPassphrase && once(options.newPassphrase);
  const warnings: unknown[] = [];
  if (!isResumed) {
    const pending = await initRequest(system, { ...options, newPassphrase, file: undefined });
    warnings.push(...pending.warnings);
  }
  let hasSigned = false;
  try {
    const { value, recovery, ...settled } = await settlePending(system, {
      ...options,
      work: async (pending) => {
        const signed = await signPending(system, {
          pending,
          options: { ...options, signerPassphrase },
        });
        hasSigned = true;
        warnings.push(...signed.warnings);
        const own = await choose(pending, {
          file: signed.path,
          given: signed.certificates,
          others: [],
          now: system.clock.now(),
          keys: options.keys ?? webCryptoKeys,
          passphrase: await askEarly(pending, { passphrase: newPassphrase }),
        });
        return { value: own.certificate, activation: toDer(own) };
      },
    });
    const store = await openStore(system, options);
    warnings.push(...settled.warnings);
    return { ...describeSigned(store, value), keyType, recovery, warnings };
  } catch (cause) {
    const isUnchanged = !hasSigned && isCertain(cause) &&
      (isResumed || await withdraw(system, options));
    if (isUnchanged) throw cause;
    throw new InitUnfinishedError({ dataDirectory, signedBy }, { cause });
  }
}

/** @throws SignedByItselfError */
function requireTwoCas({ files }: System, { dataDirectory, signedBy }: InitSignedOptions): void {
  const [own, other] = [dataDirectory, signedBy].map((path) =>
    ifPresent(() => files.realPath(path))
  );
  if (own !== undefined && own === other) throw new SignedByItselfError(dataDirectory);
}

/**
 * Whether the CA waits for a certificate for this name and kind of key: an earlier call was interrupted, or
 * `ca init --request` created it.
 *
 * @throws CaAlreadyInitializedError
 */
async function isWaiting(system: System, options: InitSignedOptions): Promise<boolean> {
  const { dataDirectory, keyType } = options;
  if (ifPresent(() => system.files.stat(dataDirectory)) === undefined) return false;
  const store = await openStore(system, options);
  await settle(store, options);
  const { key, root } = await store.presence();
  const content = key && !root ? await store.request() : undefined;
  if (content === undefined) return false;
  const { subject, subjectPublicKeyInfo } = readRequestFile(content);
  const kind = kindOf(subjectPublicKeyInfo.algorithm);
  const isSame = bytesEqual(subject.der, encodeDistinguishedName(options.subject, "required")) &&
    kind !== undefined && isKindFor("ca", kind) && kind === keyType;
  if (!isSame) throw new CaAlreadyInitializedError(dataDirectory);
  return true;
}

/** A signed certificate of the new CA, and those above it. */
interface SignedPending {
  /** Of the new certificate. For errors. */
  readonly path: string;
  readonly certificates: Parameters<typeof choose>[1]["given"];
  readonly warnings: readonly unknown[];
}

/** Signs the request of a waiting CA, or finds the certificate that an interrupted call has signed. */
async function signPending(
  system: System,
  { pending, options }: { readonly pending: StoreReader; readonly options: InitSignedOptions },
): Promise<SignedPending> {
  const { signedBy, profile, validity, lockTimeout, keys } = options;
  const location = { dataDirectory: signedBy };
  const request = readRequestFile(await pending.request() ?? new Uint8Array());
  const above = await certificatesOf(system, location);
  const found = await findSigned(system, { location, request });
  if (found !== undefined) {
    return { ...found, certificates: [found.certificate, ...above], warnings: [] };
  }
  const { issued: [issued], warnings } = await sign(system, {
    ...location,
    lockTimeout,
    requests: [pending.nameOf("request").absolute],
    profile,
    validity,
    onBadRequest: "stop",
    passphrase: options.signerPassphrase,
    ...(keys === undefined ? {} : { keys }),
  });
  if (issued === undefined) throw new TypeError("signed, and nothing issued");
  const { leaf, chain } = readCertificateFile(issued.chain);
  return { path: issued.path, certificates: [leaf, ...chain, ...above], warnings };
}

/** The certificate of the CA that signs, and those above it. */
async function certificatesOf(
  system: System,
  location: CaLocation,
): Promise<SignedPending["certificates"]> {
  const store = await findCa(system, location);
  const { root, above } = await readHierarchy(store, await readRoot(store));
  return [root.certificate, ...above];
}

/** A valid certificate for this request that the CA has already signed. */
async function findSigned(
  system: System,
  { location, request }: {
    readonly location: CaLocation;
    readonly request: CertificationRequest;
  },
): Promise<
  { readonly certificate: SignedPending["certificates"][number]; readonly path: string } | undefined
> {
  const store = await findCa(system, location);
  const subject = formatName(request.subject);
  for await (const page of store.pages({ status: "active" })) {
    for (const record of page) {
      if (record.subject !== subject) continue;
      // One that is lost has no use as the certificate of this CA.
      if ((await store.details(record.serial))?.isLost === true) continue;
      const certificate = await readStoredCertificate(store, record.serial);
      const isIt = bytesEqual(
        certificate.subjectPublicKeyInfo.der,
        request.subjectPublicKeyInfo.der,
      ) && certificate.basicConstraints?.ca === true &&
        isValidAt(certificate, system.clock.now());
      if (isIt) return { certificate, path: store.nameOf({ certificate: record.serial }).absolute };
    }
  }
  return undefined;
}

/** Whether an error leaves no doubt that nothing has changed. */
function isCertain(error: unknown): boolean {
  return error instanceof CertswapError && !(error instanceof OutcomeUnknownError);
}

/** Removes the key and the request of a CA that was not signed. @returns whether that succeeded. */
async function withdraw(system: System, options: InitSignedOptions): Promise<boolean> {
  try {
    await settlePending(system, {
      ...options,
      work: () => Promise.resolve({ value: undefined, isWithdrawn: true }),
    });
    return true;
  } catch (error) {
    if (error instanceof CertswapError) return false;
    throw error;
  }
}
