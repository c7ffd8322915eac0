/** What a client shows to prove who it is: a secret, a certificate, nothing. */
import type { Proof } from "../../ca/enrol/mod.ts";
import { isIssuedBy, type Root } from "../../ca/issue/mod.ts";

import { attemptAsync, type HttpHead } from "../../system/mod.ts";
import { ifCertificate } from "../../x509/mod.ts";

/** The longest Authorization field, in UTF-16 code units. */
const fieldLimit = 1024;

/**
 * The secret of HTTP Basic (RFC 7617): its password; the user name does not matter.
 *
 * @returns `undefined` if there is no such field; `""` if it has another form, which is no secret.
 */
export function basicSecret(head: Pick<HttpHead, "header">): string | undefined {
  const field = head.header("authorization");
  if (field === undefined) return undefined;
  const encoded = field.length > fieldLimit
    ? undefined
    : /^basic +(?<encoded>[A-Za-z0-9+/]+={0,2}) *$/i.exec(field)?.groups?.["encoded"];
  if (encoded === undefined) return "";
  try {
    const text = new TextDecoder().decode(Uint8Array.fromBase64(encoded));
    return text.slice(text.indexOf(":") + 1);
  } catch {
    return "";
  }
}

/**
 * What a client shows.
 *
 * A certificate counts only if this CA has signed it, by our own check, and if it is of version 3: for
 * others, the runtime's TLS does not see to it that the client has the private key. Whether it is still
 * valid is for the CA to say.
 */
export async function proofOf(head: HttpHead, root: Root): Promise<Proof> {
  const secret = basicSecret(head);
  if (secret !== undefined) return { by: "token", secret };
  const [der] = head.certificates;
  const certificate = der && ifCertificate(der);
  if (certificate?.version !== 3) return { by: "hand" };
  const isOurs = await attemptAsync(() => isIssuedBy(root, certificate)) ?? false;
  return isOurs ? { by: "certificate", certificate } : { by: "hand" };
}
