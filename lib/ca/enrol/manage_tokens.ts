/** `ca token`: creates, lists and revokes one-time secrets. */
import { day, formatTime, type System } from "../../system/mod.ts";
import {
  DerReader,
  encodeAlternativeNames,
  formatGeneralName,
  readGeneralNames,
} from "../../x509/mod.ts";
import { type CaOptions, findCa } from "../ca.ts";
import { currentSecond } from "../issue/mod.ts";
import { profileNamed, readSettings, WrongProfileError } from "../settings/mod.ts";
import {
  type CaLocation,
  openStore,
  requesterOf,
  type StoreChange,
  type StoreReader,
} from "../store/mod.ts";
import { findIssuingCa, type IssuingCa, requireIssuing, withIssuingCa } from "../succession/mod.ts";
import { TooManyTokensError, UnknownTokenError } from "./errors.ts";
import { createSecret, type Token, tokenFromText, tokenToText } from "./token.ts";

/** The most secrets that are kept at a time, used and expired ones included. */
const tokenLimit = 10_000;

/** How long a secret is kept after it has expired, in milliseconds: so that `list` shows what it was for. */
const keptAfterExpiry = 30 * day;

/** Options of `ca token create`. */
export interface CreateTokenOptions extends CaOptions {
  /** `DNS:a.example,IP:192.0.2.1`; `undefined`: any names that the profile allows. */
  readonly names: string | undefined;
  /** `undefined`: the default one. */
  readonly profile: string | undefined;
  /** Milliseconds. */
  readonly validity: number;
}

/** A new secret. */
export interface NewToken extends Pick<Token, "id" | "profile" | "names" | "expires"> {
  /** Secret. Shown once. */
  readonly secret: string;
}

/**
 * Creates a one-time secret, by which a device gets its first certificate.
 *
 * @throws UnknownProfileError, WrongProfileError, InvalidAlternativeNameError, TooManyTokensError
 */
export async function createToken(system: System, options: CreateTokenOptions): Promise<NewToken> {
  return await withIssuingCa(
    system,
    options,
    (issuing) => createWith(system, { ...options, dataDirectory: issuing.dataDirectory }, issuing),
  );
}

async function createWith(
  system: System,
  options: CreateTokenOptions,
  issuing: IssuingCa,
): Promise<NewToken> {
  const settings = await readSettings(system, options);
  const profile = profileNamed(settings, options.profile);
  if (profile.ca !== undefined) throw new WrongProfileError(profile.name, "ca");
  const names = options.names === undefined ? undefined : normalNames(options.names);
  const store = await openStore(system, options);
  const { value } = await store.change({
    lockTimeout: options.lockTimeout,
    async work(change) {
      await requireIssuing(system, change, issuing);
      const now = currentSecond(system);
      const { secret, ...made } = await createSecret(system.random);
      await forgetOld(change, now);
      const token: Token = {
        ...made,
        profile: profile.name,
        names,
        created: formatTime(now),
        createdBy: requesterOf(system),
        expires: formatTime(new Date(now.getTime() + options.validity)),
        use: undefined,
      };
      await change.keepEnrolment("token", token.id, tokenToText(token));
      return { secret, id: token.id, profile: token.profile, names, expires: token.expires };
    },
  });
  return value;
}

/** The names, each as in certificates. @throws InvalidAlternativeNameError */
function normalNames(written: string): readonly string[] {
  const der = encodeAlternativeNames(written);
  return readGeneralNames(new DerReader(der)).map(formatGeneralName);
}

async function forgetOld(change: StoreChange, now: Date): Promise<void> {
  const tokens = await readTokens(change);
  const limit = formatTime(new Date(now.getTime() - keptAfterExpiry));
  const old = tokens.filter(({ expires }) => expires < limit);
  for (const { id } of old) await change.keepEnrolment("token", id, undefined);
  if (tokens.length - old.length >= tokenLimit) throw new TooManyTokensError(tokenLimit);
}

/** The secrets that are kept, newest first. */
export async function listTokens(
  system: System,
  location: CaLocation,
): Promise<readonly Token[]> {
  const tokens = await readTokens(await findCa(system, await findIssuingCa(system, location)));
  return tokens.toSorted((a, b) => a.created < b.created ? 1 : a.created > b.created ? -1 : 0);
}

async function readTokens(store: StoreReader): Promise<readonly Token[]> {
  return [...await store.enrolments("token")].map(([id, text]) => tokenFromText(id, text));
}

/**
 * Removes a secret, used or not. Certificates that it was used for stay.
 *
 * @throws UnknownTokenError
 */
export async function revokeToken(
  system: System,
  { id, ...options }: CaOptions & { readonly id: string },
): Promise<void> {
  await withIssuingCa(system, options, async (issuing) => {
    const store = await openStore(system, issuing);
    await store.change({
      lockTimeout: options.lockTimeout,
      async work(change) {
        await requireIssuing(system, change, issuing);
        if (!(await change.enrolments("token")).has(id)) throw new UnknownTokenError(id);
        await change.keepEnrolment("token", id, undefined);
      },
    });
  });
}
