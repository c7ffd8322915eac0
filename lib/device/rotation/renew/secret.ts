/** The secret of a first enrolment: marked as used together with the pair, and removed. */
import { CertswapError, type System } from "../../../system/mod.ts";
import { removeDurably } from "../../../transaction/mod.ts";
import {
  isMarked,
  type IssuerConfiguration,
  readEnrolmentSecret,
  type SecretMark,
  SecretNotRemovedError,
} from "../../issuer/mod.ts";
import { type PairConfiguration, placesOf } from "../../configuration/mod.ts";
import { type PairState, readState, resolveForActivation } from "../../pair/mod.ts";
import type { Rotation } from "../context.ts";

/** The state before a secret is sent; without a secret, nothing that was sent earlier counts. */
export function withSecretSent(
  { secret, ...state }: PairState,
  sent: SecretMark | undefined,
  now: Date,
): PairState {
  if (sent !== undefined) return { ...state, secret: { ...sent, since: now, isUsed: false } };
  return secret?.isUsed ? { ...state, secret } : state;
}

/** The state after the certificate was issued for which the secret was sent. */
export function withSecretUsed(state: PairState): PairState {
  return state.secret === undefined
    ? state
    : { ...state, secret: { ...state.secret, isUsed: true } };
}

/**
 * Removes the file of a secret that is marked as used; a newer one in the same file stays. The pair is in
 * place by now, so nothing here may make the renewal fail.
 *
 * @returns a warning if it is still there. Not for a credential of systemd: it goes with the service.
 */
export async function removeSecret(
  { system, pair }: Pick<Rotation, "system" | "pair">,
  issuer: IssuerConfiguration | undefined,
): Promise<readonly SecretNotRemovedError[]> {
  if (issuer?.kind !== "est" || issuer.secretFile === undefined) return [];
  const { secretFile } = issuer;
  if (secretFile.startsWith("/run/credentials/")) return [];
  try {
    const { state: { secret } } = await readState(system, pair);
    if (!secret?.isUsed) return [];
    const written = await readEnrolmentSecret(system, secretFile);
    const isUsed = written !== undefined && await isMarked(written, secret);
    if (isUsed) removeDurably(system.files, secretFile);
    return [];
  } catch (cause) {
    if (cause instanceof CertswapError) return [new SecretNotRemovedError(secretFile, { cause })];
    throw cause;
  }
}

/**
 * Removes the secret of a pair that is in place, if a run that was killed could not.
 *
 * @returns as {@linkcode removeSecret}.
 * @throws the errors of resolving.
 */
export async function removeUsedSecret(
  system: System,
  configuration: PairConfiguration,
): Promise<readonly SecretNotRemovedError[]> {
  const pair = await resolveForActivation(system, configuration.paths, placesOf(configuration));
  return await removeSecret({ system, pair }, configuration.issuer);
}
