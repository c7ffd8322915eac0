import type * as errors from "../../x509/making_errors.ts";
import type {
  InvalidAlternativeNameError,
  InvalidDistinguishedNameError,
} from "../../x509/making_errors.ts";
import type { ErrorsOf, MessageTable } from "./message.ts";

/** Texts for what cannot be made into a certificate or a request, and for what is none. */
export const x509MakingMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "invalid-distinguished-name": ({ written, position, reason, attribute }) => ({
    message: `--subject: '${written}' is not a distinguished name: ${nameProblems[reason]}${
      attribute === undefined ? "" : ` (${attribute})`
    }, at character ${position + 1}`,
    hint: "Write it as CN=My Root CA,O=My Org,C=US. A comma within a value is written \\,",
  }),
  "invalid-alternative-name": ({ written, reason }) => ({
    message: `--san: invalid SAN${written === "" ? "" : ` '${written}'`}: ${sanProblems[reason]}`,
    hint: "Write DNS:a.example,IP:192.0.2.1,URI:https://a.example/,email:a@b.example. " +
      "A comma within a name is written \\,",
  }),
  "bad-request": ({ problem }) => `not a request by RFC 2986: ${problem}`,
  "bad-crl": ({ problem }) => `not a CRL by RFC 5280: ${problem}`,
};

const nameProblems: Readonly<Record<InvalidDistinguishedNameError["reason"], string>> = {
  "not-unicode": "it is not Unicode text",
  "name-missing": "it is empty",
  "attribute-type-missing": "an attribute type such as CN is missing",
  "attribute-type-unknown": "unknown attribute type",
  "equals-sign-missing": "'=' is missing",
  "unexpected-character": "unexpected character",
  "value-missing": "a value is missing",
  "value-too-long": "a value is too long",
  "value-not-utf8": "a value is not UTF-8",
  "value-not-ascii": "a value may hold ASCII only",
  "value-not-printable-string": "a value may hold letters, digits and '()+,-./:=? only",
  "value-not-der": "a value after '#' is not DER in hexadecimal",
  "value-not-a-string": "a value after '#' is of a type that names are not made of",
  "not-a-country-code": "a country is a code of two letters",
};

const sanProblems: Readonly<Record<InvalidAlternativeNameError["reason"], string>> = {
  "empty": "a name is empty",
  "unknown-kind": "it begins with none of DNS:, IP:, URI:, email:",
  "not-a-dns-name": "not a DNS name (in ASCII)",
  "not-an-ip-address": "not an IP address",
  "not-a-uri": "not an absolute URI (in ASCII)",
  "not-an-email-address": "not an email address (in ASCII)",
};
