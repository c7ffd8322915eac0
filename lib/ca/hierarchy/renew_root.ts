/** `ca root renew`: a new certificate for a root, with the same name and key. */
import { minute, type Random, type System } from "../../system/mod.ts";
import {
  type Certificate,
  formatName,
  formatSerial,
  isSelfIssued,
  issueRenewedRoot,
  lastTime,
  readCertificate,
  webCryptoKeys,
} from "../../x509/mod.ts";
import type { CaOptions, ChangeReport } from "../ca.ts";
import { ClockBehindError } from "../errors.ts";
import { requireClock } from "../init.ts";
import { askEarly, type AskPassphrase } from "../key/mod.ts";
import { currentSecond, loadAuthority, previousWith, readRoot, takeSerial } from "../issue/mod.ts";
import { type CaSettings, readSettings } from "../settings/mod.ts";
import { openStore, type StoreChange } from "../store/mod.ts";
import { RootRenewalRefusedError } from "./errors.ts";

/** Options of `ca root renew`. */
export interface RenewRootOptions extends CaOptions {
  /** Milliseconds. */
  readonly validity: number;
  /** When this certswap was built: an earlier clock is wrong. `undefined`: accept any clock. */
  readonly built: Date | undefined;
}

/** Report of `ca root renew`. */
export interface RenewRootReport extends ChangeReport {
  /** RFC 4514, escaped. */
  readonly subject: string;
  readonly serial: string;
  readonly notAfter: Date;
  /** Path of the certificate, based on the data directory as given by the caller. `previousPath` likewise. */
  readonly certificatePath: string;
  readonly previousPath: string;
}

/** For peers whose clock is a little behind. */
const backdate = minute;

/**
 * Issues a new certificate for a root, with the same name, key and extensions, and the next serial number.
 * Everything that the CA has signed verifies against the old and the new one. The old one is kept. An expired
 * root can be renewed too.
 *
 * @throws RootRenewalRefusedError, ClockBehindError, ClockBeforeBuildError, and the errors of a change.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoSystem } from "../../system/mod.ts";
 * import { init } from "../mod.ts";
 * import { renewRoot } from "./mod.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const ca = { dataDirectory: `${directory}/ca`, lockTimeout: 1000, built: undefined };
 * const day = 24 * 3600 * 1000;
 * await init(denoSystem, { ...ca, subject: "CN=Root", keyType: "ecdsa-p256", validity: 365 * day });
 * const { serial } = await renewRoot(denoSystem, { ...ca, validity: 3650 * day });
 * assert.equal(serial, "02");
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function renewRoot(
  system: System,
  options: RenewRootOptions,
): Promise<RenewRootReport> {
  const { lockTimeout } = options;
  requireClock(system, options);
  const settings = await readSettings(system, options);
  const { random } = system;
  const store = await openStore(system, options);
  const passphrase = await askEarly(store, options);
  const { value, recovery, warnings } = await store.change({
    lockTimeout,
    work: (change) =>
      renew(change, { ...options, settings, random, passphrase, now: currentSecond(system) }),
  });
  return {
    subject: formatName(value.subject),
    serial: formatSerial(value.serial),
    notAfter: value.notAfter,
    certificatePath: store.nameOf("root").written,
    previousPath: store.nameOf("previous").written,
    recovery,
    warnings,
  };
}

interface RenewalTerms extends RenewRootOptions {
  readonly settings: CaSettings;
  readonly random: Random;
  readonly now: Date;
  readonly passphrase: AskPassphrase;
}

async function renew(
  store: StoreChange,
  { validity, settings, random, now, keys = webCryptoKeys, passphrase }: RenewalTerms,
): Promise<Certificate> {
  const root = await readRoot(store);
  const { certificate: old } = root;
  if (!isSelfIssued(old)) throw new RootRenewalRefusedError("intermediate", old.notAfter);
  if (now < old.notBefore) throw new ClockBehindError(now, old.notBefore, "root-not-before");
  const asked = new Date(now.getTime() + validity);
  const notAfter = asked > lastTime ? lastTime : asked;
  if (notAfter <= old.notAfter) throw new RootRenewalRefusedError("not-longer", old.notAfter);
  const { signer } = await loadAuthority({ store, keys, passphrase }, root);
  const serial = await takeSerial(store, { root, settings, random });
  const notBefore = new Date(Math.max(now.getTime() - backdate, old.notBefore.getTime()));
  const der = await issueRenewedRoot({ serial, notBefore, notAfter }, { old, signer });
  const certificate = readCertificate(der);
  const previous = await previousWith(store, { current: old, now });
  await store.replaceCertificate({
    certificate: der,
    chain: [],
    previous: previous.map((one) => one.der),
  });
  return certificate;
}
