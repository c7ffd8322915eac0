/** How much of a certificate's life is gone, drawn. */
import type { PairReport } from "../../../device/mod.ts";
import { type Colour, lengthText } from "../../text.ts";

/** A certificate that was read, in its time. */
export type CertificateInTime = NonNullable<PairReport["certificate"]>;

/** How many characters a bar has if there is room. */
export const barWidth = 20;

/** `[########------------]`: full only if nothing is left. */
export function lifeBar({ lifeGone }: CertificateInTime, width = barWidth): string {
  const gone = Math.floor(lifeGone * width);
  return `[${"#".repeat(gone)}${"-".repeat(width - gone)}]`;
}

/** Green while there is time; yellow in the last sixth, when every usual schedule is overdue; then red. */
export function lifeColour({ lifeGone }: CertificateInTime): Colour {
  if (lifeGone >= 1) return "red";
  return lifeGone > 5 / 6 ? "yellow" : "green";
}

/** `213 days`, `90 minutes`, or `none` once it has expired. */
export function timeLeft({ left }: CertificateInTime): string {
  return left < 0 ? "none" : lengthText(left);
}
