/** When a certificate comes up for renewal. Nothing here is random. */
import { sha256Hex } from "../../../system/mod.ts";
import type { Certificate, Identity } from "../../../x509/mod.ts";
import type { RenewBefore } from "../../configuration/mod.ts";
import { backoff, spread } from "../../retry.ts";
import { urgencyOf } from "./urgency.ts";

/**
 * The most of a certificate's life that may be left when it is renewed. A fixed length of time can be longer
 * than the life of a short-lived certificate, which would then be renewed at every run.
 */
const largestShare = 2 / 3;

/** What the schedule asks of a certificate. */
type Validity = Pick<Certificate, "notBefore" | "notAfter">;

/** How many milliseconds before its end a certificate comes up for renewal, the spread aside. */
export function renewalPeriod({ notBefore, notAfter }: Validity, renewBefore: RenewBefore): number {
  const life = notAfter.getTime() - notBefore.getTime();
  const wanted = renewBefore.kind === "share" ? life * renewBefore.share : renewBefore.milliseconds;
  return Math.min(wanted, life * largestShare);
}

/** When a certificate is renewed. @param place the device's, from {@linkcode placeOf}. */
export function renewalTime(
  validity: Validity,
  { renewBefore, place }: { readonly renewBefore: RenewBefore; readonly place: number },
): Date {
  const period = renewalPeriod(validity, renewBefore);
  return new Date(validity.notAfter.getTime() - period * (1 - spread * place));
}

/** When this very certificate is renewed, on the device that it is for. */
export async function renewalTimeOf(leaf: Certificate, renewBefore: RenewBefore): Promise<Date> {
  return renewalTime(leaf, { renewBefore, place: await placeOf(leaf) });
}

/** The life of a pair, as far as its urgency depends on it. Empty if it cannot be used. */
export interface Life {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** When it is renewed. */
  readonly renewalTime?: Date;
}

/** The life of a certificate. @param leaf `undefined`: the pair cannot be used. */
export async function lifeOf(
  leaf: Certificate | undefined,
  renewBefore: RenewBefore,
): Promise<Life> {
  if (leaf === undefined) return {};
  const { notBefore, notAfter } = leaf;
  return { notBefore, notAfter, renewalTime: await renewalTimeOf(leaf, renewBefore) };
}

/** Whether a pair cannot wait for long. @param life empty: it cannot be used. */
export function isCriticalAt(now: Date, life: Life): boolean {
  return urgencyOf({ ...life, now, failing: true }) === "critical";
}

/** What the wait after a failed attempt depends on, beside how many there were. */
interface FailedAttempt {
  readonly now: Date;
  /** The certificate that is to be replaced; `undefined`: there is none that could be used. */
  readonly leaf: Certificate | undefined;
  readonly renewBefore: RenewBefore;
  /** For whom the renewal is, if that is known. */
  readonly wanted: Identity | undefined;
  /** Whether the issuer gives pairs, and they are due at once, or the service does not take them. */
  readonly hasSucceeded: boolean;
}

/**
 * How long to wait after a failed attempt, if the issuer does not say it.
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
 * The place of a device among all others, from 0 to before 1: by whom its certificate is for, so that it
 * is the same at every run, and a fleet that was installed on one day does not ask its issuer in one
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
