/** What devices send to the EST server of a CA, and what they get. */
import assert from "node:assert/strict";
import { decodeCertsOnly } from "../../lib/protocol/cms/mod.ts";
import { decodeBody } from "../../lib/protocol/est/mod.ts";
import { type Certificate, readCertificate } from "../../lib/x509/mod.ts";
import { type RawAnswer, requestBytes } from "./http_client.ts";
import { craftRequest } from "./requests.ts";

/** The bytes of an enrolment with a one-time secret; without one, of a renewal. */
export function estBytes(request: Uint8Array, secret?: string): Uint8Array<ArrayBuffer> {
  const operation = secret === undefined ? "simplereenroll" : "simpleenroll";
  return requestBytes(`POST /.well-known/est/${operation}`, {
    headers: {
      "content-type": "application/pkcs10",
      ...(secret === undefined ? {} : { authorization: `Basic ${btoa(`device:${secret}`)}` }),
    },
    body: request.toBase64(),
  });
}

/** The request of a device with this DNS name, DER. */
export function deviceRequest(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return craftRequest({ subject: `CN=${name}`, names: `DNS:${name}` });
}

/** The certificate in an answer. @throws AssertionError if there is none. */
export function certificateIn({ status, body }: RawAnswer): Certificate {
  assert.equal(status, 200, body);
  const bytes = new TextEncoder().encode(body);
  const [der = new Uint8Array()] = decodeCertsOnly(decodeBody(bytes, "certificates"));
  return readCertificate(der);
}
