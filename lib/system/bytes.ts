/** Bytes in memory, and the JSON objects in them. */

/** Bytes one behind the other. @returns a copy. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/**
 * Frees the memory of bytes that are no longer needed, without waiting until garbage is collected: of large
 * ones, several copies would be in memory. They are empty then, and so is all that shares their buffer.
 */
export function release(bytes: Uint8Array<ArrayBuffer>): void {
  bytes.buffer.transfer(0);
}

/** Whether a value is what JSON calls an object. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The JSON object that is encoded in bytes; `undefined` if they are not UTF-8, or not one object. */
export function jsonObjectIn(content: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch {
    return undefined;
  }
  return isJsonObject(value) ? value : undefined;
}
