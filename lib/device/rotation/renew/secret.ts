/** The secret of a first enrolment: marked as used together with the pair, and removed. */
import {
  CertswapError,
  directoryOf,
  isErrno,
  syncDirectory,
  type System,
} from "../../../system/mod.ts";
import {
  type IssuerConfiguration,
  type SecretMark,
  SecretNotRemovedError,
} from "../../issuer/mod.ts";
import type { PairState } from "../../pair/mod.ts";

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
 * Removes the file of a secret that is marked as used.
 *
 * @returns a warning if it is still there. Not for a credential of systemd: it goes with the service.
 */
export function removeSecret(
  { files }: System,
  issuer: IssuerConfiguration | undefined,
  { secret }: PairState,
): readonly SecretNotRemovedError[] {
  if (issuer?.kind !== "est" || issuer.secretFile === undefined || !secret?.isUsed) return [];
  const { secretFile } = issuer;
  if (secretFile.startsWith("/run/credentials/")) return [];
  try {
    files.unlink(secretFile);
    syncDirectory(files, directoryOf(secretFile));
    return [];
  } catch (cause) {
    if (isErrno(cause, "ENOENT", "ENOTDIR")) return [];
    if (cause instanceof CertswapError) return [new SecretNotRemovedError(secretFile, { cause })];
    throw cause;
  }
}
