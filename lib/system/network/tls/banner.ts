/** Recognises the protocol of a server that does not answer in TLS. */
import type { Banner } from "../../errors.ts";
import type { StartTls } from "../sight.ts";

/** How much of a server's answer is kept, in characters. */
const saidLimit = 200;

/** The first line of a server's answer for an error: as text, bounded, not yet escaped. */
export function firstLine(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, 4 * saidLimit)).trimStart();
  const [line = ""] = text.split(/[\r\n]/, 1);
  return line.slice(0, saidLimit).trimEnd();
}

/** The protocol of a server by its first bytes; `undefined` for an unknown one. */
export function recognizeBanner(bytes: Uint8Array): Banner | undefined {
  const line = firstLine(bytes);
  if (/^HTTP\/\d/.test(line) || /^<(?:!doctype html|html)/i.test(line)) return "http";
  if (line.startsWith("SSH-")) return "ssh";
  if (/^\+OK\b|^-ERR\b/.test(line)) return "pop3";
  if (/^\* (?:OK|PREAUTH|BYE)\b/.test(line)) return "imap";
  // RFC 5321 section 4.2 and RFC 959 section 4.2 have the same form of greeting.
  if (/^[1245]\d\d[ -]/.test(line)) {
    return !/\be?smtp\b/i.test(line) && /ftp/i.test(line) ? "ftp" : "smtp";
  }
  return isMySqlGreeting(bytes) ? "mysql" : undefined;
}

/**
 * Tells what a server speaks that was asked to start TLS in another protocol. A record of TLS, an alert or a
 * handshake, is also recognized.
 */
export function recognizeOther(bytes: Uint8Array, protocol: StartTls): Banner | undefined {
  const [type, major] = bytes;
  if ((type === 21 || type === 22) && major === 3) return "tls";
  const banner = recognizeBanner(bytes);
  // The greeting of a server of FTP may look like one of SMTP. It is called SMTP only if it says so.
  return banner === "smtp" && protocol === "ftp" && !/\be?smtp\b/i.test(firstLine(bytes))
    ? undefined
    : banner;
}

/** The first packet of a MySQL server: its number is 0; version 10 of the handshake, or an error. */
function isMySqlGreeting([, , high, number, version]: Uint8Array): boolean {
  return high === 0 && number === 0 && (version === 10 || version === 0xff);
}
