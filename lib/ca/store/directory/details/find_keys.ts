/** Finds keys in `details.jsonl` without reading all of it. */
import { isSerial } from "../../../../x509/mod.ts";

const field = '"key":"';
/** SHA-256 in hexadecimal. */
const digits = 64;

/**
 * The serial numbers of the certificates with these keys. Only lines with one of the keys are parsed. A line
 * that is not valid is passed over: `ca check` reports it.
 *
 * @param keys SHA-256 of SubjectPublicKeyInfo, lowercase hexadecimal.
 * @returns in the order of the file. A later line may have replaced the key: the certificate tells.
 */
export function serialsWithKeys(bytes: Uint8Array, keys: ReadonlySet<string>): ReadonlySet<string> {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const serials = new Set<string>();
  for (let at = text.indexOf(field); at >= 0; at = text.indexOf(field, at + field.length)) {
    const start = at + field.length;
    if (!keys.has(text.slice(start, start + digits))) continue;
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    const serial = serialOf(text.slice(text.lastIndexOf("\n", at) + 1, end));
    if (serial !== undefined) serials.add(serial);
  }
  return serials;
}

function serialOf(line: string): string | undefined {
  try {
    const { serial } = JSON.parse(line);
    return typeof serial === "string" && isSerial(serial) ? serial : undefined;
  } catch {
    return undefined;
  }
}
