import { AlgorithmIdentifier } from "@peculiar/asn1-x509";
import {
  type IssuerHashes,
  issuerHashesOf,
  type SingleResponse,
} from "../../../lib/protocol/ocsp/mod.ts";
import { hashOid } from "../../../lib/x509/encoding/oids.ts";
import {
  bitString,
  booleanTrue,
  type Bytes,
  contextConstructed,
  encodeDistinguishedName,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  readCertificate,
  sequence,
  sequenceOf,
} from "../../../lib/x509/mod.ts";
import { makeAuthority } from "../../support/pairs.ts";

/** OBJECT IDENTIFIERs of the hashes, by WebCrypto's names. */
export const hashes = { "SHA-1": "1.3.14.3.2.26", ...hashOid } as const;

/** DER CertID of any content. */
export function certIdDer(
  { hash = "SHA-1", parameters = [nullValue()], name, key, serial = 2n }: {
    readonly hash?: keyof typeof hashes;
    readonly parameters?: readonly Uint8Array[];
    readonly name?: Uint8Array;
    readonly key?: Uint8Array;
    readonly serial?: bigint;
  } = {},
): Bytes {
  return sequence(
    sequence(objectIdentifier(hashes[hash]), ...parameters),
    octetString(name ?? new Uint8Array(20).fill(1)),
    octetString(key ?? new Uint8Array(20).fill(2)),
    integer(serial),
  );
}

/** DER Extension. */
export function extension(
  oid: string,
  value: Uint8Array,
  { critical = false } = {},
): Bytes {
  return sequence(
    objectIdentifier(oid),
    ...(critical ? [booleanTrue()] : []),
    octetString(value),
  );
}

/** The nonce extension. */
export function nonceExtension(nonce: Uint8Array): Bytes {
  return extension("1.3.6.1.5.5.7.48.1.2", octetString(nonce));
}

/** The parts of a request; everything but the CertIDs is optional. */
export interface RequestParts {
  readonly version?: bigint;
  /** DER GeneralName. */
  readonly requestor?: Uint8Array;
  readonly ids: readonly Uint8Array[];
  /** Extensions of each CertID. */
  readonly single?: readonly Uint8Array[];
  readonly extensions?: readonly Uint8Array[];
  readonly signed?: boolean;
}

/** DER OCSPRequest. */
export function requestDer(parts: RequestParts): Bytes {
  const { version, requestor, ids, single = [], extensions = [], signed = false } = parts;
  const algorithm = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
  return sequence(
    sequence(
      ...(version === undefined ? [] : [contextConstructed(0, integer(version))]),
      ...(requestor === undefined ? [] : [contextConstructed(1, requestor)]),
      sequenceOf(ids.map((id) =>
        sequence(
          id,
          ...(single.length === 0 ? [] : [contextConstructed(0, sequenceOf(single))]),
        )
      )),
      ...(extensions.length === 0 ? [] : [contextConstructed(2, sequenceOf(extensions))]),
    ),
    ...(signed
      ? [contextConstructed(
        0,
        sequence(
          algorithm,
          bitString(new Uint8Array(70)),
          contextConstructed(0, sequence(sequence())),
        ),
      )]
      : []),
  );
}

/** `[4]`: a GeneralName that is a directoryName. */
export const requestorName = contextConstructed(4, encodeDistinguishedName("CN=device.example"));

/** A CA, and the hashes of its name and key. */
export async function makeIssuer(): Promise<{ readonly hashes: IssuerHashes }> {
  const { certificateDer } = await makeAuthority();
  return { hashes: await issuerHashesOf(readCertificate(certificateDer)) };
}

/** A hash as `@peculiar/asn1-ocsp` takes it. */
export function peculiarHash(hash: keyof typeof hashes): AlgorithmIdentifier {
  return new AlgorithmIdentifier({ algorithm: hashes[hash], parameters: null });
}

/** What a response says of one certificate, for tests that do not care. */
export function good(
  certId: Uint8Array,
  thisUpdate = new Date("2026-06-01T12:00:00Z"),
): SingleResponse {
  return {
    certId,
    status: { is: "good" },
    thisUpdate,
    nextUpdate: new Date(thisUpdate.getTime() + 86_400_000),
  };
}

/** A request as most clients send it, and one with everything that a request may have. */
export const ocspRequests = [
  requestDer({ ids: [certIdDer()], extensions: [nonceExtension(new Uint8Array(16).fill(7))] }),
  requestDer({
    version: 0n,
    requestor: requestorName,
    ids: [certIdDer({ hash: "SHA-256" }), certIdDer({ serial: 2n ** 150n, parameters: [] })],
    single: [extension("1.2.3.4", Uint8Array.of(1))],
    extensions: [
      extension("1.3.6.1.5.5.7.48.1.4", sequence(), { critical: true }),
      nonceExtension(Uint8Array.of(7)),
    ],
    signed: true,
  }),
] as const;
