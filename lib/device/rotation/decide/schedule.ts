/** When a certificate is due for renewal, and how long to wait between attempts. Nothing here is random. */
import { sha256Hex } from "../../../system/mod.ts";
import type { Certificate, Identity } from "../../../x509/mod.ts";
import type { RenewBefore } from "../../configuration/mod.ts";
import { backoff, spread } from "../../retry.ts";
import { urgencyOf } from "./urgency.ts";

/**
 * The largest share of a lifetime that may remain at renewal. A fixed length of time can be longer than the
 * lifetime of a short-lived certificate, which would then be renewed at every run.
 */
const largestShare = 2 / 3;

/** The part of a certificate that the schedule depends on. */
type Validity = Pick<Certificate, "notBefore" | "notAfter">;

/** How many milliseconds before it expires a certificate is due, without the spread. */
export function renewalPeriod({ notBefore, notAfter }: Validity, renewBefore: RenewBefore): number {
  const life = notAfter.getTime() - notBefore.getTime();
  const wanted = renewBefore.kind === "share" ? life * renewBefore.share : renewBefore.milliseconds;
  return Math.min(wanted, life * largestShare);
}

/** When a certificate is due for renewal. @param place the device's, from {@linkcode placeOf}. */
export function renewalTime(
  validity: Validity,
  { renewBefore, place }: { readonly renewBefore: RenewBefore; readonly place: number },
): Date {
  const period = renewalPeriod(validity, renewBefore);
  return new Date(validity.notAfter.getTime() - period * (1 - spread * place));
}

/** When this certificate is due for renewal, on the device that its names belong to. */
export async function renewalTimeOf(leaf: Certificate, renewBefore: RenewBefore): Promise<Date> {
  return renewalTime(leaf, { renewBefore, place: await placeOf(leaf) });
}

/** The dates of a pair that its urgency depends on. Empty if the pair is not usable. */
export interface Life {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** When it is due for renewal. */
  readonly renewalTime?: Date;
}

/** The dates of a certificate. @param leaf `undefined`: the pair is not usable. */
export async function lifeOf(
  leaf: Certificate | undefined,
  renewBefore: RenewBefore,
): Promise<Life> {
  if (leaf === undefined) return {};
  const { notBefore, notAfter } = leaf;
  return { notBefore, notAfter, renewalTime: await renewalTimeOf(leaf, renewBefore) };
}

/** Whether a pair is critical, if it fails. @param life empty: it is not usable. */
export function isCriticalAt(now: Date, life: Life): boolean {
  return urgencyOf({ ...life, now, failing: true }) === "critical";
}

/** What the wait after a failed attempt depends on, apart from the number of attempts. */
interface FailedAttempt {
  readonly now: Date;
  /** The certificate to replace; `undefined`: there is no usable one. */
  readonly leaf: Certificate | undefined;
  readonly renewBefore: RenewBefore;
  /** The requested subject and names, if known. */
  readonly wanted: Identity | undefined;
  /** Whether the issuer does return pairs, but they are already due or the service does not use them. */
  readonly hasSucceeded: boolean;
}

/**
 * How long to wait after a failed attempt, if the issuer does not name a time.
 *
 * @returns the milliseconds for each number of attempts in a row, from 1.
 */
export async function waitsAfterFailure(
  { now, leaf, renewBefore, wanted, hasSucceeded }: FailedAttempt,
): Promise<(attempts: number) => number> {
  const life = await lifeOf(leaf, renewBefore);
  const rest = {
    period: leaf && renewalPeriod(leaf, renewBefore),
    place: wanted === undefined ? 0 : await placeOf(wanted),
    isCritical: !hasSucceeded && isCriticalAt(now, life),
  };
  return (attempts) => backoff({ attempts, ...rest });
}

/**
 * The place of a device in its fleet, from 0 to less than 1. It is derived from the subject and names, so it
 * is the same at every run, and a fleet that was installed on one day does not ask its issuer in the same
 * minute.
 */
export async function placeOf({ subject, subjectAltName }: Identity): Promise<number> {
  const names = subjectAltName.map((name) => {
    if ("text" in name) return `${name.kind}:${name.text}`;
    return `${name.kind}:${(name.kind === "ip" ? name.address : name.der).toHex()}`;
  });
  const text = [subject.der.toHex(), ...names].join("\n");
  const digest = await sha256Hex(new TextEncoder().encode(text));
  return Number.parseInt(digest.slice(0, 12), 16) / 2 ** 48;
}
