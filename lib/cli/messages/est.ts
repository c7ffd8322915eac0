/** Texts for EST: enrolment over the network. */
import type * as cmsErrors from "../../protocol/cms/errors.ts";
import type * as protocolErrors from "../../protocol/est/errors.ts";
import { counted } from "../text.ts";
import type { ErrorsOf, MessageTable } from "./message.ts";

/** A text for every error of EST and of the messages that it carries. */
export const estMessages: MessageTable<ErrorsOf<typeof cmsErrors & typeof protocolErrors>> = {
  "bad-cms": ({ problem }) => `not a usable PKCS#7 message: ${cmsProblems[problem]}`,
  "bad-est-body": ({ problem }) => `not base64 of DER: ${bodyProblems[problem]}`,
  "bad-csr-attributes": ({ problem }) =>
    `the attributes that the server asks for are invalid: ${attributesProblems[problem]}`,
  "est-no-certificate": ({ count }) =>
    count === 0
      ? "the answer contains no certificate"
      : `the answer contains ${counted(count, "certificate")}, but none for the requested key`,
};

const cmsProblems: Readonly<Record<cmsErrors.CmsProblem, string>> = {
  "too-large": "it is larger than the limit of 1 MiB",
  "other-content-type": "its type is not signedData",
  "version": "its version is unknown",
  "too-many-certificates": "it has more certificates than certswap reads (128)",
};

const bodyProblems: Readonly<Record<protocolErrors.EstBodyProblem, string>> = {
  "too-large": "it is larger than the limit of 1 MiB",
  "empty": "it is empty",
  "markup": "it is a web page (HTML or XML)",
  "binary": "it is binary DER",
  "not-base64": "it is text that is not base64",
  "other-pem": "it is PEM of another kind, or several PEM blocks",
};

const attributesProblems: Readonly<Record<protocolErrors.CsrAttributesProblem, string>> = {
  "too-many": "there are more than 256",
  "template-version": "the version of the template is unknown",
  "repeated": "an attribute is there twice, or does not have exactly one value",
  "repeated-extension": "an extension is asked for twice",
};
