/** A request and a CRL in DER. Their signatures are not valid: the readers do not verify them. */
import {
  bitString,
  contextConstructed,
  enumerated,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
} from "../../lib/x509/encoding/der_writer.ts";
import { encodeAlternativeNames } from "../../lib/x509/name/alternative_names.ts";
import { encodeDistinguishedName } from "../../lib/x509/name/distinguished_name.ts";

const ecdsa = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const ec = sequence(objectIdentifier("1.2.840.10045.2.1"), objectIdentifier("1.2.840.10045.3.1.7"));
const signature = bitString(new Uint8Array(70).fill(7));
const extension = (oid: string, value: Uint8Array): Uint8Array =>
  sequence(objectIdentifier(oid), octetString(value));

/** Every part that a request may have. */
export const requestDer = sequence(
  sequence(
    integer(0n),
    encodeDistinguishedName("CN=device.example+UID=1,O=Example"),
    sequence(ec, bitString(Uint8Array.of(4, ...new Uint8Array(64).fill(7)))),
    contextConstructed(
      0,
      sequence(objectIdentifier("1.2.840.113549.1.9.7"), setOf(integer(1n))),
      sequence(
        objectIdentifier("1.2.840.113549.1.9.14"),
        setOf(sequence(
          extension("2.5.29.17", encodeAlternativeNames("DNS:a.example,IP:192.0.2.1")),
          extension("2.5.29.19", sequence()),
        )),
      ),
    ),
  ),
  ecdsa,
  signature,
);

const now = time(new Date("2026-06-01T12:00:00Z"));

/** Every part that a CRL may have. */
export const crlDer = sequence(
  sequence(
    integer(1n),
    ecdsa,
    encodeDistinguishedName("CN=My Root CA,O=My Org"),
    now,
    now,
    sequence(
      sequence(integer(2n), now, sequence(extension("2.5.29.21", enumerated(1)))),
      sequence(integer(2n ** 150n), now),
    ),
    contextConstructed(
      0,
      sequence(
        extension("2.5.29.35", sequence()),
        extension("2.5.29.35", sequence()),
        extension("2.5.29.20", integer(7n)),
      ),
    ),
  ),
  ecdsa,
  signature,
);
