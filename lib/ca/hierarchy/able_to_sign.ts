/** Checks, before anything is created, that a CA would sign an intermediate. */
import type { System } from "../../system/mod.ts";
import {
  DerReader,
  encodeDistinguishedName,
  type KeyKindFor,
  keyKinds,
  type KeySource,
  readName,
  webCryptoKeys,
  withFixedAttributes,
} from "../../x509/mod.ts";
import { RequestOutsideProfileError } from "../errors.ts";
import {
  currentSecond,
  pathLengthBelow,
  readHierarchy,
  readRoot,
  requireUsableAuthority,
} from "../issue/mod.ts";
import type { AskPassphrase } from "../key/mod.ts";
import { profileNamed, readSettings, ruleOf, WrongProfileError } from "../settings/mod.ts";
import type { StoreReader } from "../store/mod.ts";

/** The CA that would sign, and what it would sign. */
interface WantedCa {
  readonly signer: StoreReader;
  /** The data directory of the CA that signs. */
  readonly signedBy: string;
  readonly passphrase: AskPassphrase;
  readonly keys?: KeySource | undefined;
  /** RFC 4514. */
  readonly subject: string;
  readonly keyType: KeyKindFor<"ca">;
  /** The name of a profile of the CA that signs. */
  readonly profile: string;
  /** The data directory of the new CA. For errors. */
  readonly dataDirectory: string;
}

/**
 * Checks key, passphrase, dates, path length and profile of the CA that signs: a refusal by `sign` would come
 * when the directory of the new CA is already there.
 *
 * @throws UnknownProfileError, WrongProfileError, RequestOutsideProfileError, PathLengthExhaustedError
 * @throws WrongPassphraseError, CaExpiredError, ClockBehindError, and the errors of reading the CA
 */
export async function requireAbleToSign(system: System, wanted: WantedCa): Promise<void> {
  const { signer: store, signedBy, passphrase, keys = webCryptoKeys } = wanted;
  const settings = await readSettings(system, { dataDirectory: signedBy });
  const profile = profileNamed(settings, wanted.profile);
  if (profile.ca === undefined) throw new WrongProfileError(wanted.profile, "leaf");
  const root = await readRoot(store);
  await requireUsableAuthority({ store, keys, passphrase }, { root, now: currentSecond(system) });
  pathLengthBelow(await readHierarchy(store, root), profile.ca.pathLength);
  if (profile.keyKinds === undefined && profile.names === undefined) return;
  const { judgeRequest } = await import("../settings/policy/judge.ts");
  const nameOf = (text: string) => readName(new DerReader(encodeDistinguishedName(text)));
  const asked = nameOf(wanted.subject);
  const subject = profile.subject === undefined
    ? asked
    : withFixedAttributes(asked, nameOf(profile.subject));
  const { algorithm } = keyKinds[wanted.keyType];
  const refusal = judgeRequest(
    { subjectPublicKeyInfo: { algorithm }, subject, subjectAltName: [] },
    profile,
  );
  if (refusal === undefined) return;
  const rule = ruleOf(settings, profile, refusal.key);
  throw new RequestOutsideProfileError(wanted.dataDirectory, rule, refusal);
}
