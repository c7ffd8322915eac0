/** STARTTLS in LDAP (RFC 4511 section 4.14). */
import type { Dialogue } from "./dialogue.ts";

/** The name of the request for TLS. */
const startTlsName = "1.3.6.1.4.1.1466.20037";

/** The longest answer that is read, in bytes. */
const answerLimit = 16 * 1024;

/** Asks an LDAP server to start TLS. */
export async function startLdap(dialogue: Dialogue): Promise<void> {
  const name = new TextEncoder().encode(startTlsName);
  const request = tagged(0x77, tagged(0x80, name));
  await dialogue.send(tagged(0x30, Uint8Array.of(2, 1, 1, ...request)));
  const answer = await readAnswer(dialogue);
  const { code, text } = resultOf(answer) ?? dialogue.refuse("an answer that is not LDAP's");
  if (code !== 0) dialogue.refuse(`result code ${code}${text === "" ? "" : `: ${text}`}`);
}

/** The content of the LDAPMessage (RFC 4511 section 4.1.1). */
async function readAnswer(dialogue: Dialogue): Promise<Uint8Array> {
  const [tag = 0, first = 0] = await dialogue.readBytes(2);
  // BER: a length may have more bytes than it needs (X.690 section 8.1.3).
  const lengthBytes = first < 0x80 ? Uint8Array.of(first) : await dialogue.readBytes(first & 0x7f);
  const length = lengthBytes.reduce((sum, byte) => sum * 256 + byte, 0);
  if (tag !== 0x30 || first === 0x80 || length > answerLimit) {
    dialogue.refuse("an answer that is not LDAP's");
  }
  return await dialogue.readBytes(length);
}

/** The LDAPResult of an extended response, which may also announce the end of the connection. */
function resultOf(
  message: Uint8Array,
): { readonly code: number; readonly text: string } | undefined {
  const id = readElement(message);
  const response = id && readElement(id.rest);
  if (id?.tag !== 0x02 || response?.tag !== 0x78) return undefined;
  const code = readElement(response.value);
  const matched = code && readElement(code.rest);
  const text = matched && readElement(matched.rest);
  if (code?.tag !== 0x0a || code.value.length !== 1 || text?.tag !== 0x04) return undefined;
  return { code: code.value[0] ?? 0, text: new TextDecoder().decode(text.value) };
}

/** One element of BER with a definite length. */
function readElement(
  bytes: Uint8Array,
): { readonly tag: number; readonly value: Uint8Array; readonly rest: Uint8Array } | undefined {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined || first === 0x80) return undefined;
  const begin = 2 + (first < 0x80 ? 0 : first & 0x7f);
  const length = first < 0x80
    ? first
    : bytes.subarray(2, begin).reduce((sum, byte) => sum * 256 + byte, 0);
  const end = begin + length;
  if (end > bytes.length) return undefined;
  return { tag, value: bytes.subarray(begin, end), rest: bytes.subarray(end) };
}

/** An element of less than 128 bytes. */
function tagged(tag: number, value: Uint8Array): Uint8Array {
  return Uint8Array.of(tag, value.length, ...value);
}
