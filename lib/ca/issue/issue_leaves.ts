/** Issues certificates for checked requests: leaves, or intermediate CAs. */
import {
  type Authority,
  issueIntermediate,
  issueLeaf,
  type IssuerAddresses,
  keyIdentifierOf,
  usualKeyUsage,
} from "../../x509/mod.ts";
import { present } from "../../system/mod.ts";
import { describe } from "../identity/mod.ts";
import type { CheckedRequest } from "./check_request.ts";
import { mapConcurrently } from "./concurrency.ts";
import type { Profile } from "../settings/mod.ts";
import { type IssuedCertificate, recordOf, shardOf, shardPlaceholder } from "../store/mod.ts";

/** A leaf certificate and its request. */
export interface Leaf extends IssuedCertificate {
  readonly checked: CheckedRequest;
}

/** The CA, serial numbers and dates for the certificates. */
interface LeafTerms {
  readonly authority: Authority;
  /** One for each certificate. */
  readonly serials: readonly bigint[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly profile: Profile;
  /** Of new CAs, if the profile is one for CAs: see `pathLengthBelow`. */
  readonly pathLength: number | undefined;
  /** Those of the CRL have a placeholder for the shard, if there are several. */
  readonly addresses: IssuerAddresses;
  /** How many shards the CRL has. */
  readonly shards: number;
  /** Who asked. For the details. */
  readonly requestedBy: string;
  /** Called with each certificate as soon as it is signed, in any order. */
  readonly onSigned?: ((leaf: Leaf) => Promise<void>) | undefined;
}

/**
 * Issues a certificate for each request.
 *
 * @param onDone is called with the number of certificates issued so far.
 */
export async function issueLeaves(
  requests: readonly CheckedRequest[],
  terms: LeafTerms,
  onDone?: (done: number) => void,
): Promise<Leaf[]> {
  const { notBefore, notAfter, profile, pathLength, shards, requestedBy } = terms;
  const prepared = await Promise.all(requests.map(prepare));
  return await mapConcurrently(prepared, async ({ checked, keyIdentifier, described }, index) => {
    const { request } = checked;
    const key = request.subjectPublicKeyInfo;
    const serial = terms.serials[index];
    if (serial === undefined) throw new RangeError("fewer serial numbers than requests");
    const shard = shards === 1 ? undefined : shardOf(serial, shards);
    const fields = {
      serial,
      subject: request.subject.der,
      notBefore,
      notAfter,
      publicKeyInfo: key.der,
      keyIdentifier,
      extendedKeyUsage: profile.extendedKeyUsage,
      addresses: addressesIn(terms.addresses, shard),
    };
    const der = profile.ca === undefined
      ? await issueLeaf({
        ...fields,
        keyUsage: profile.keyUsage ?? usualKeyUsage(key.algorithm),
        alternativeNames: request.alternativeNames,
      }, terms.authority)
      : await issueIntermediate({
        ...fields,
        pathLength,
        nameConstraints: profile.ca.nameConstraints,
      }, terms.authority);
    const details = {
      profile: profile.name,
      ...described,
      requestedBy: checked.requestedBy ?? requestedBy,
      ...present({ shard }),
    };
    const record = recordOf({ serial, subject: request.subject, notBefore, notAfter });
    const leaf = { checked, der, record, details };
    await terms.onSigned?.(leaf);
    return leaf;
  }, onDone);
}

/** The addresses in a certificate of this shard. */
function addressesIn(addresses: IssuerAddresses, shard: number | undefined): IssuerAddresses {
  if (shard === undefined) return addresses;
  const crl = addresses.crl.map((address) => address.replaceAll(shardPlaceholder, String(shard)));
  return { ...addresses, crl };
}

/** A request with the digests that its certificate needs. */
interface Prepared {
  readonly checked: CheckedRequest;
  readonly keyIdentifier: Uint8Array;
  readonly described: Awaited<ReturnType<typeof describe>>;
}

/**
 * Computes digests before anything is signed: while other threads sign, each digest waits for them, and takes
 * five times as long.
 */
async function prepare(checked: CheckedRequest): Promise<Prepared> {
  const { request } = checked;
  const [keyIdentifier, described] = await Promise.all([
    keyIdentifierOf(request.subjectPublicKeyInfo),
    describe(request),
  ]);
  return { checked, keyIdentifier, described };
}
