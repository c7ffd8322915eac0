/** When a certificate is renewed, and when a failed attempt is made again. Nothing here is random. */
import { sha256Hex } from "../../../system/mod.ts";
import type { Certificate, Identity } from "../../../x509/mod.ts";
import type { RenewBefore } from "../../configuration/configuration.ts";

const minute = 60 * 1000;
const hour = 60 * minute;

/**
 * The most of a certificate's life that may be left when it is renewed. A fixed length of time can be longer
 * than the life of a short-lived certificate, which would then be renewed at every run.
 */
const largestShare = 2 / 3;

/** The part of the time before the end over which a fleet is spread. The rest is for failures. */
const spread = 1 / 4;

/** What the schedule asks of a certificate. */
export type Validity = Pick<Certificate, "notBefore" | "notAfter">;

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

/**
 * The place of a device among all others, from 0 to before 1: by whom its certificate is for, so that it is
 * the same at every run, and a fleet that was installed on one day does not ask its issuer in one minute.
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

/** What the waiting after failed attempts depends on. */
export interface Backoff {
  /** From 1. */
  readonly attempts: number;
  /** How long before the end the renewal began, in milliseconds; `undefined`: there is no valid pair to lose. */
  readonly period: number | undefined;
  readonly place: number;
}

/** How often an hour is the longest wait where there is no valid pair: for about a day. */
const urgentAttempts = 24;

/**
 * How many milliseconds to wait after that many failed attempts: a quarter of an hour, doubled each time,
 * up to eight hours, or an eighth of the time that there was. Without a valid pair it is at first never more
 * than one: but what has failed for a day fails for a reason (a clock that is wrong, for one), and issuers count.
 */
export function backoff({ attempts, period, place }: Backoff): number {
  const isUrgent = period === undefined && attempts <= urgentAttempts;
  const ceiling = isUrgent ? hour : Math.min(8 * hour, (period ?? Infinity) / 8);
  const doubled = 15 * minute * 2 ** Math.min(attempts - 1, 10);
  // Always somewhat less, never more: a run at each full hour must not find that it is a minute too early.
  return Math.min(doubled, ceiling) * (1 - spread * place);
}
