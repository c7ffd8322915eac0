/** The answers of an EST server (RFC 7030 4): certificates, and why there is none. */
import type { EnrolmentRefusal } from "../../ca/enrol/mod.ts";
import { encodeCertsOnly } from "../../protocol/cms/mod.ts";
import { estContentType } from "../../protocol/est/mod.ts";
import type { HttpResponse } from "../../system/mod.ts";
import { textResponse } from "../web/mod.ts";

/** How long a client waits until it asks again about a request that waits for a person, in seconds. */
const retryAfter = 60;

/** Certificates, as a certs-only message in base64. */
export function certificatesResponse(certificates: readonly Uint8Array[]): HttpResponse {
  return base64Response(estContentType.certificates, encodeCertsOnly(certificates));
}

/**
 * Something in base64, in a single line: RFC 4648 3.1, to which RFC 8951 3 refers, and strongSwan reads no
 * other. The line end is for readers of OpenSSL. RFC 8951 makes Content-Transfer-Encoding superfluous, but
 * clients of RFC 7030 may look for it.
 */
export function base64Response(type: string, der: Uint8Array): HttpResponse {
  return {
    status: 200,
    headers: {
      "content-type": type,
      "content-transfer-encoding": "base64",
      "cache-control": "no-store",
    },
    body: new TextEncoder().encode(`${der.toBase64()}\n`),
  };
}

/** For a request that waits for a person (RFC 7030 4.2.3). */
export function waitingResponse(id: string): HttpResponse {
  return textResponse(202, `Request ${id} is waiting for approval.`, {
    "retry-after": String(retryAfter),
  });
}

/** For a client that has to prove who it is (RFC 7030 3.2.3). */
export function unauthorised(text: string): HttpResponse {
  const challenge = 'Basic realm="certswap", charset="UTF-8"';
  return textResponse(401, text, { "www-authenticate": challenge });
}

/** The status for each reason to refuse an enrolment. */
const statuses: Readonly<Record<EnrolmentRefusal, number>> = {
  "no-proof": 401,
  "secret-unknown": 401,
  "secret-expired": 401,
  "secret-used": 401,
  "other-profile": 403,
  "secret-names": 403,
  "certificate-foreign": 403,
  "certificate-revoked": 403,
  "certificate-superseded": 403,
  "predecessor-revoked": 403,
  "predecessor-superseded": 403,
  "certificate-expired": 403,
  "certificate-not-yet-valid": 403,
  "other-names": 403,
  "birth-invalid": 403,
  "birth-revoked": 403,
  "birth-crl": 503,
  "birth-names": 403,
  "birth-taken": 403,
  "birth-second": 403,
  "birth-blocked": 403,
  "rejected": 403,
  "too-many-waiting": 429,
  "too-large-to-wait": 413,
};

/** The status for a reason to refuse. */
export function statusFor(reason: EnrolmentRefusal): number {
  return statuses[reason];
}
