/** What a client shows to prove who it is: a secret, a certificate, nothing. */
import {
  judgeBirthCertificate,
  type ManufacturerFiles,
  type Predecessor,
  type Proof,
} from "../../ca/enrol/mod.ts";
import { keyHashOf } from "../../ca/identity/mod.ts";
import { isIssuedBy } from "../../ca/issue/mod.ts";
import { attemptAsync, type HttpHead, type System } from "../../system/mod.ts";
import { ifCertificate } from "../../x509/mod.ts";
import type { ServerContext } from "../context.ts";
import type { Issuer } from "../issuer.ts";

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

/** What the proof of a client is judged by. */
interface ProofTerms {
  readonly system: System;
  readonly issuer: Issuer;
  /** The data directories of CAs whose certificates are renewed with the one that issues. */
  readonly others: readonly string[];
}

/**
 * The other CAs whose certificates are renewed: the predecessor in the settings, and during a rollover the
 * other one of the two.
 */
export function otherCasOf(context: ServerContext, { ca, settings }: Issuer): readonly string[] {
  const { rollover } = context.watch.view;
  const { est: { predecessor } } = settings;
  const next = rollover === undefined || rollover.phase === "cancelled" ? undefined : rollover.next;
  const all = [context.ca.dataDirectory, ca.replaces, next, predecessor];
  return [...new Set(all)].filter((one) => one !== undefined)
    .filter((one) => one !== ca.dataDirectory);
}

/** Where certificates of other CAs are looked up. */
export interface KnownElsewhere {
  readonly predecessor: Predecessor;
  readonly manufacturerFiles: ManufacturerFiles;
}

/**
 * What a client shows.
 *
 * A certificate counts only if this CA, the one that it replaces, or a manufacturer in the settings has
 * signed it, by our own check, and if it is of version 3: for others, the runtime's TLS does not see to it
 * that the client has the private key. Whether one of this CA is still valid is for the CA to say.
 *
 * @throws EnrolmentRefusedError for a certificate of a manufacturer that is not valid, or one of the other CA
 * that was revoked or superseded; the errors of reading their files.
 */
export async function proofOf(
  head: HttpHead,
  { system, issuer, others: otherCas }: ProofTerms,
  { predecessor: former, manufacturerFiles }: KnownElsewhere,
): Promise<Proof> {
  const secret = basicSecret(head);
  if (secret !== undefined) return { by: "token", secret };
  const [certificate, ...others] = head.certificates.map(ifCertificate);
  if (certificate?.version !== 3) return { by: "hand" };
  const { hierarchy: { root }, settings: { manufacturers } } = issuer;
  const isOurs = await attemptAsync(() => isIssuedBy(root, certificate)) ?? false;
  if (isOurs) return { by: "certificate", certificate };
  for (const other of otherCas) {
    const moving = await former.proofOf(system, other, certificate);
    if (moving !== undefined) return moving;
  }
  if (manufacturers.length === 0) return { by: "hand" };
  const verdict = await judgeBirthCertificate(manufacturerFiles, {
    certificate,
    others: others.filter((other) => other !== undefined),
    manufacturers,
    now: system.clock.now(),
  });
  switch (verdict.is) {
    case "birth": {
      const id = await keyHashOf(certificate);
      return { by: "birth", manufacturer: verdict.manufacturer.name, certificate, id };
    }
    case "refused":
      throw verdict.error;
    case "foreign":
      return { by: "hand" };
  }
}
