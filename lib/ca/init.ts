/** `ca init`: creates a CA. */
import { minute, type System } from "../system/mod.ts";
import {
  encodeDistinguishedName,
  formatName,
  issueRoot,
  keyIdentifierOf,
  type KeyKindFor,
  type KeySource,
  lastTime,
  readCertificate,
  readPublicKeyInfo,
  webCryptoKeys,
} from "../x509/mod.ts";
import type { ChangeReport, NewCaOptions } from "./ca.ts";
import { ClockBeforeBuildError } from "./errors.ts";
import { backdated, currentSecond } from "./issue/mod.ts";
import { type AskPassphrase, lockForNewKey, type LockKey } from "./key/mod.ts";
import { createStore, type NewRoot } from "./store/mod.ts";

/** Options of `ca init`. */
export interface InitOptions extends NewCaOptions {
  /** RFC 4514. */
  readonly subject: string;
  readonly keyType: KeyKindFor<"ca">;
  /** Milliseconds. */
  readonly validity: number;
  /** Gets the passphrase for the new key; `undefined`: the key is not encrypted. */
  readonly newPassphrase?: AskPassphrase | undefined;
  /** When this certswap was built: an earlier clock is wrong. `undefined`: accept any clock. */
  readonly built: Date | undefined;
}

/** Report of `ca init`. */
export interface InitReport extends ChangeReport {
  /** RFC 4514, escaped. */
  readonly subject: string;
  readonly keyType: KeyKindFor<"ca">;
  readonly notAfter: Date;
  /** Path of the certificate, based on the data directory as given by the caller. `keyPath` likewise. */
  readonly certificatePath: string;
  readonly keyPath: string;
}

/**
 * Creates a CA in one change: a key, a self-signed certificate and an empty store.
 *
 * @throws CaAlreadyInitializedError, StrayFileError, InvalidDistinguishedNameError, ClockBeforeBuildError
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoSystem } from "../system/mod.ts";
 * import { init } from "./mod.ts";
 *
 * const root = await Deno.makeTempDir();
 * const ca = { dataDirectory: `${root}/ca`, lockTimeout: 1000 };
 * const day = 24 * 3600 * 1000;
 * const keyType = "ecdsa-p256";
 * await init(denoSystem, { ...ca, subject: "CN=Root", keyType, validity: 3650 * day, built: undefined });
 * assert.match(await Deno.readTextFile(`${root}/ca/ca.crt`), /BEGIN CERTIFICATE/);
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function init(system: System, options: InitOptions): Promise<InitReport> {
  const { dataDirectory, lockTimeout, keyType, validity, keys = webCryptoKeys } = options;
  const subject = encodeDistinguishedName(options.subject, "required");
  requireClock(system, options);
  const lock = await lockForNewKey(system, options);
  const { value, recovery, warnings, store } = await createStore(system, {
    dataDirectory,
    store: options.store,
    lockTimeout,
    make: () => makeRoot({ subject, now: currentSecond(system), keyType, validity, keys, lock }),
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

/**
 * Refuses a clock that is certainly wrong. A root dated 1970 and valid for ten years would have expired for
 * every client with a correct clock.
 */
export function requireClock({ clock }: System, { built }: Pick<InitOptions, "built">): void {
  const now = clock.now();
  if (built !== undefined && now < built) throw new ClockBeforeBuildError(now, built);
}

interface RootTerms {
  /** DER Name. */
  readonly subject: Uint8Array;
  readonly now: Date;
  readonly keyType: KeyKindFor<"ca">;
  /** Milliseconds. */
  readonly validity: number;
  readonly keys: KeySource;
  readonly lock: LockKey;
}

interface MadeRoot extends NewRoot {
  /** RFC 4514, escaped. */
  readonly subject: string;
  readonly notAfter: Date;
}

async function makeRoot(terms: RootTerms): Promise<MadeRoot> {
  const { now, keyType, validity, keys, lock } = terms;
  const asked = new Date(now.getTime() + validity);
  const notAfter = asked > lastTime ? lastTime : asked;
  const key = await keys.generate(keyType);
  const certificate = await issueRoot({
    serial: 1n,
    subject: terms.subject,
    notBefore: backdated(now, minute),
    notAfter,
    publicKeyInfo: key.publicKey,
    keyIdentifier: await keyIdentifierOf(readPublicKeyInfo(key.publicKey)),
  }, key);
  // Checked before anything is written: an unreadable root would be useless, and would block a new init.
  const { subject } = readCertificate(certificate);
  const made = { certificate, subject: formatName(subject), notAfter };
  return { ...made, ...await lock(key.pkcs8) };
}
