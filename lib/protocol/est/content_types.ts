/** The media types of EST (RFC 7030 3.2.4). */
import { parseMediaType } from "../http/mod.ts";

/** The value of Content-Type for each kind of body. */
export const estContentType = {
  /** Requests of /simpleenroll and /simplereenroll. */
  request: "application/pkcs10",
  /** Answers with certificates, and of /cacerts. */
  certificates: "application/pkcs7-mime; smime-type=certs-only",
  /** Answers of /csrattrs. */
  attributes: "application/csrattrs",
} as const;

/** The kind of content that a media type means. */
const kinds: ReadonlyMap<string, keyof typeof estContentType> = new Map([
  ["application/pkcs10", "request"],
  // Before RFC 8551, and still written by some: RFC 2311 3.2.
  ["application/x-pkcs10", "request"],
  ["application/pkcs7-mime", "certificates"],
  ["application/x-pkcs7-mime", "certificates"],
  ["application/x-pkcs7-certificates", "certificates"],
  ["application/csrattrs", "attributes"],
]);

/**
 * The kind of content that a Content-Type field names; `undefined` if it is none of EST. The parameter
 * `smime-type` is not looked at: servers leave it out, and the content itself says what it is.
 */
export function estContentOf(value: string): keyof typeof estContentType | undefined {
  const type = parseMediaType(value)?.type;
  return type === undefined ? undefined : kinds.get(type);
}
