/** What is kept of a device that has enrolled with its bootstrap certificate. */
import { areTexts, readEntry } from "../entry.ts";
import { BadEnrolmentEntryError } from "../errors.ts";

/** What is kept of a device that has enrolled with its bootstrap certificate. */
export interface Birth {
  /** SHA-256 of the SubjectPublicKeyInfo of its bootstrap certificate, 64 lowercase hexadecimal digits. */
  readonly id: string;
  readonly manufacturer: string;
  /** The serial number of the bootstrap certificate. */
  readonly certificate: string;
  /** The serial numbers of its certificates, one for each of its identities. They may be superseded. */
  readonly serials: readonly string[];
}

/** The text that a store keeps. */
export function birthToText({ id: _id, ...birth }: Birth): string {
  return JSON.stringify(birth);
}

/** Reads the text that a store keeps. @throws BadEnrolmentEntryError */
export function birthFromText(id: string, text: string): Birth {
  const entry = readEntry({ id, text }, ["manufacturer", "certificate"]);
  if (!areTexts(entry["serials"])) throw new BadEnrolmentEntryError(id);
  return { ...entry as unknown as Omit<Birth, "id">, id };
}
