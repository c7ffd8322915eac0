/** Asks a responder, and reads its answers with another implementation. */
import assert from "node:assert/strict";
import * as asn1 from "@peculiar/asn1-ocsp";
import { AsnConvert } from "@peculiar/asn1-schema";
import { issuerHashesOf } from "../../../lib/protocol/ocsp/mod.ts";
import { OcspService } from "../../../lib/server/ocsp/mod.ts";
import type { HttpResponse, System } from "../../../lib/system/mod.ts";
import {
  type Bytes,
  type Certificate,
  DerReader,
  judgeSignature,
  readAlgorithmIdentifier,
  readCertificate,
  readSingleCertificateFile,
  readWhole,
  tag,
} from "../../../lib/x509/mod.ts";
import { certIdDer, type hashes, nonceExtension, requestDer } from "../../protocol/ocsp/samples.ts";
import type { TestCa } from "../../support/ca.ts";
import { type Ask, asking, contextOf, type TestContext } from "../test_server.ts";

/** A responder, and how to ask it. */
export interface TestResponder extends TestContext {
  readonly service: OcspService;
  readonly ask: Ask;
  /** DER CertID of a certificate of this CA. */
  id(serial: bigint, hash?: keyof typeof hashes): Promise<Bytes>;
  /** Asks with POST, and reads the answer. */
  asked(serials: readonly bigint[], options?: AskOptions): Promise<OcspReply>;
  /** Sees what other processes have changed, as the server does twice a second. */
  refresh(): Promise<void>;
}

/** What a request has besides its serial numbers. */
export interface AskOptions {
  readonly hash?: keyof typeof hashes;
  readonly nonce?: Uint8Array;
  readonly client?: string;
}

/** What a responder says. */
export interface OcspReply {
  readonly http: HttpResponse;
  /** The OCSPResponseStatus. */
  readonly response: string;
  /** Of each certificate: `good`, `unknown`, `revoked REASON TIME`. */
  readonly statuses: readonly string[];
  readonly nonce: Uint8Array | undefined;
  readonly producedAt: Date | undefined;
  readonly thisUpdate: Date | undefined;
  readonly nextUpdate: Date | undefined;
  /** The certificate in the response; its signature was verified. */
  readonly responder: Certificate | undefined;
}

/** A responder of a CA, before it has been asked. */
export async function responderOf(
  ca: TestCa,
  doors: Partial<System> = {},
): Promise<TestResponder> {
  const tested = await contextOf(ca, doors);
  const service = new OcspService(tested.context);
  const ask = asking(tested.context, service.routes);
  const id = async (serial: bigint, hash: keyof typeof hashes = "SHA-1"): Promise<Bytes> => {
    const { name, key } = (await issuerHashesOf(certificateOf(ca)))[hash];
    return certIdDer({ hash, name, key, serial });
  };
  return {
    ...tested,
    service,
    ask,
    id,
    async asked(serials, { hash, nonce, client } = {}) {
      const ids = await Promise.all(serials.map((serial) => id(serial, hash)));
      const extensions = nonce === undefined ? [] : [nonceExtension(nonce)];
      const body = requestDer({ ids, extensions });
      const method = "POST";
      return await replyOf(await ask("/ocsp", { method, body, ...(client ? { client } : {}) }));
    },
    refresh: async () => void await tested.context.watch.refresh(),
  };
}

function certificateOf(ca: TestCa): Certificate {
  return readSingleCertificateFile(new TextEncoder().encode(ca.read("ca.crt")));
}

/** Reads an answer; if it is signed, verifies the signature with the certificate in it. */
export async function replyOf(http: HttpResponse): Promise<OcspReply> {
  const { responseStatus, responseBytes } = AsnConvert.parse(
    new Uint8Array(http.body ?? []),
    asn1.OCSPResponse,
  );
  const response = asn1.OCSPResponseStatus[responseStatus] ?? "";
  if (responseBytes === undefined) {
    return {
      http,
      response,
      statuses: [],
      nonce: undefined,
      producedAt: undefined,
      thisUpdate: undefined,
      nextUpdate: undefined,
      responder: undefined,
    };
  }
  const der = new Uint8Array(responseBytes.response.buffer);
  const basic = AsnConvert.parse(der, asn1.BasicOCSPResponse);
  const { producedAt, responses, responseExtensions } = basic.tbsResponseData;
  const [first] = responses;
  const nonce = responseExtensions?.[0]?.extnValue;
  return {
    http,
    response,
    statuses: responses.map(statusText),
    nonce: nonce && new Uint8Array(AsnConvert.parse(nonce.buffer, asn1.Nonce).buffer),
    producedAt,
    thisUpdate: first?.thisUpdate,
    nextUpdate: first?.nextUpdate,
    responder: await verified(der, basic),
  };
}

function statusText({ certStatus: { good, revoked, unknown } }: asn1.SingleResponse): string {
  if (revoked !== undefined) {
    const reason = revoked.revocationReason?.reason ?? 0;
    return `revoked ${reason} ${revoked.revocationTime.toISOString()}`;
  }
  return good === undefined ? unknown === undefined ? "?" : "unknown" : "good";
}

async function verified(der: Bytes, basic: asn1.BasicOCSPResponse): Promise<Certificate> {
  const [certificate] = basic.certs ?? [];
  assert.ok(certificate !== undefined, "no certificate");
  const responder = readCertificate(new Uint8Array(AsnConvert.serialize(certificate)));
  const tbs = new DerReader(readWhole(der, tag.sequence, (parts) => {
    const { der: data } = parts.next(tag.sequence);
    while (!parts.isAtEnd()) parts.next();
    return data;
  })).next().der;
  const algorithm = new Uint8Array(AsnConvert.serialize(basic.signatureAlgorithm));
  const verdict = await judgeSignature({
    tbs,
    signatureAlgorithm: readAlgorithmIdentifier(new DerReader(algorithm)),
    signature: new Uint8Array(basic.signature),
  }, responder.subjectPublicKeyInfo);
  assert.equal(verdict.is, "good", "the signature");
  return responder;
}
