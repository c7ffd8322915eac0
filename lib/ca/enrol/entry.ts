/** Reads the JSON that a store keeps of a one-time secret or a waiting request. */
import { BadEnrolmentEntryError } from "./errors.ts";

/**
 * Reads an entry.
 *
 * @param texts the fields that must be texts.
 * @throws BadEnrolmentEntryError
 */
export function readEntry(
  { id, text }: { readonly id: string; readonly text: string },
  texts: readonly string[],
): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BadEnrolmentEntryError(id, { cause });
  }
  const entry = typeof value === "object" ? value as Readonly<Record<string, unknown>> : null;
  if (entry === null || texts.some((name) => typeof entry[name] !== "string")) {
    throw new BadEnrolmentEntryError(id);
  }
  return entry;
}

/** Whether a value is a list of texts. */
export function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
