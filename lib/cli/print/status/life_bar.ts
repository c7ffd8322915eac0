/** The bar that shows how much of a certificate's lifetime has passed. */
import type { PairReport } from "../../../device/mod.ts";
import { type Colour, lengthText } from "../../text.ts";

/** A certificate with its remaining lifetime. */
export type CertificateInTime = NonNullable<PairReport["certificate"]>;

/** The width of a bar in characters, if there is room. */
export const barWidth = 20;

/** `[########------------]`: full only if nothing is left. */
export function lifeBar({ lifeGone }: CertificateInTime, width = barWidth): string {
  const gone = Math.floor(lifeGone * width);
  return `[${"#".repeat(gone)}${"-".repeat(width - gone)}]`;
}

/**
 * Green; yellow in the last sixth, when renewal is overdue by any usual schedule; red once it has expired.
 */
export function lifeColour({ lifeGone }: CertificateInTime): Colour {
  if (lifeGone >= 1) return "red";
  return lifeGone > 5 / 6 ? "yellow" : "green";
}

/** `213 days`, `90 minutes`, or `none` after expiry. */
export function timeLeft({ left }: CertificateInTime): string {
  return left < 0 ? "none" : lengthText(left);
}
