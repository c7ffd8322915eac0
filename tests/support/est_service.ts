import { encodeCertsOnly } from "../../lib/protocol/cms/mod.ts";
import {
  encodeBody,
  estContentType,
  type EstOperation,
  parseEstPath,
  readEnrolmentRequest,
} from "../../lib/protocol/est/mod.ts";
import {
  type HttpsAnswer,
  type HttpsOptions,
  type HttpsSession,
  TlsConnectionError,
  type TlsEndpoint,
} from "../../lib/system/mod.ts";
import {
  type Certificate,
  encodePem,
  readCertificate,
  readCertificateFile,
  readSingleCertificateFile,
} from "../../lib/x509/mod.ts";
import { craftRequest } from "./requests.ts";
import type { Signer } from "./signer.ts";

const hour = 60 * 60 * 1000;

/** A request as an EST server gets it. */
export interface EstRequest {
  readonly method: string;
  readonly path: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The certificate of the client, whose key the handshake has proven. */
  readonly client: Certificate | undefined;
}

/** The answer of an EST server. */
export interface EstAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/** A request, as tests look at it afterwards. */
export interface Received {
  readonly operation: EstOperation;
  readonly authorization: string | undefined;
  /** `undefined`: none. */
  readonly clientSerial: string | undefined;
  readonly body: string;
}

/** The credentials of a device that has the secret `secret`. */
export const usualAuthorization = `Basic ${btoa("device:secret")}`;

/**
 * An EST server without a network. It takes one-time secrets, each bound to the first request that uses it,
 * and the certificates that it has issued. A test decides what is wrong with it.
 */
export class EstService {
  signer: Signer;
  now: () => Date;
  life = 90 * 24 * hour;
  /** The values of Authorization that are accepted, with the request that has used them. */
  readonly secrets = new Map<string, string>([[usualAuthorization, ""]]);
  /** Whether a certificate that has expired is accepted. */
  takesExpired = false;
  /** Certificates of other CAs that are accepted, by serial number. */
  readonly births = new Set<string>();
  /** What /csrattrs answers. */
  attributes: EstAnswer = { status: 404 };
  /** Replaces the answer to a request. */
  answers: (request: EstRequest, operation: EstOperation) => EstAnswer | undefined = () =>
    undefined;
  readonly received: Received[] = [];
  readonly issued: Certificate[] = [];

  constructor(signer: Signer, now: () => Date) {
    this.signer = signer;
    this.now = now;
  }

  /** Answers one request. */
  async handle(request: EstRequest): Promise<EstAnswer> {
    const path = parseEstPath(request.path);
    if (path === undefined) return { status: 404 };
    const { operation } = path;
    this.received.push({
      operation,
      authorization: request.headers["authorization"],
      clientSerial: request.client?.serialNumber,
      body: new TextDecoder().decode(request.body),
    });
    const replaced = this.answers(request, operation);
    if (replaced !== undefined) return replaced;
    switch (operation) {
      case "csrattrs":
        return this.attributes;
      case "cacerts":
        return certificatesAnswer([readSingleCertificateFile(pemBytes(this.signer.trust)).der]);
      case "simpleenroll":
      case "simplereenroll":
        return await this.#enrol(request, operation);
      default:
        return { status: 501 };
    }
  }

  async #enrol(
    { headers, body, client }: EstRequest,
    operation: "simpleenroll" | "simplereenroll",
  ): Promise<EstAnswer> {
    const { der } = readEnrolmentRequest(body);
    const authorization = headers["authorization"];
    const isKnown = client !== undefined && this.#knows(client);
    if (!isKnown) {
      const usedBy = authorization === undefined ? undefined : this.secrets.get(authorization);
      const isFree = usedBy === "" || usedBy === der.toHex();
      if (operation === "simplereenroll" || authorization === undefined || !isFree) {
        return { status: 401, headers: { "content-type": "text/plain" }, body: "not you" };
      }
      this.secrets.set(authorization, der.toHex());
    }
    const notBefore = new Date(Math.floor(this.now().getTime() / 1000) * 1000);
    const notAfter = new Date(notBefore.getTime() + this.life);
    const pem = await this.signer.sign(encodePem("CERTIFICATE REQUEST", der), {
      notBefore,
      notAfter,
    });
    const { leaf } = readCertificateFile(pemBytes(pem));
    this.issued.push(leaf);
    return certificatesAnswer([leaf.der]);
  }

  #knows({ serialNumber, notAfter }: Certificate): boolean {
    if (this.births.has(serialNumber)) return true;
    const isOurs = this.issued.some((known) => known.serialNumber === serialNumber);
    return isOurs && (this.takesExpired || this.now() < notAfter);
  }
}

/** An answer with certificates. */
export function certificatesAnswer(certificates: readonly Uint8Array[]): EstAnswer {
  return {
    status: 200,
    headers: { "content-type": estContentType.certificates },
    body: encodeBody(encodeCertsOnly(certificates)),
  };
}

const pemBytes = (pem: string): Uint8Array => new TextEncoder().encode(pem);

/** A certificate for `ca.example` by a signer: DER. */
export async function serverCertificate(
  signer: Signer,
  { names = "DNS:ca.example", now }: { readonly names?: string; readonly now: Date },
): Promise<Uint8Array> {
  const request = await craftRequest({ subject: "CN=ca.example", names });
  const pem = await signer.sign(encodePem("CERTIFICATE REQUEST", request), {
    notBefore: new Date(now.getTime() - hour),
    notAfter: new Date(now.getTime() + 10 * 365 * 24 * hour),
  });
  return readCertificateFile(pemBytes(pem)).leaf.der;
}

/** The simulated network's way to a service: the handshake is only the judgement of its certificates. */
export function sessionWith(
  service: EstService,
  chain: () => Promise<readonly Uint8Array[]>,
): (endpoint: TlsEndpoint, options: HttpsOptions) => Promise<HttpsSession> {
  return async (endpoint, { judge, identity, bodyLimit }) => {
    if (endpoint.host !== "ca.example") throw new TlsConnectionError(endpoint, "unknown-host");
    await judge(await chain());
    const client = identity && readCertificateFile(pemBytes(identity.certificatePem)).leaf;
    let isOpen = true;
    return {
      isOpen: () => isOpen,
      close: () => void (isOpen = false),
      async send({ method, path, headers, body = new Uint8Array() }): Promise<HttpsAnswer> {
        const answer = await service.handle({
          method,
          path,
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
          ),
          body,
          client: client && readCertificate(client.der),
        });
        const content = answer.body ?? "";
        const bytes = typeof content === "string" ? pemBytes(content) : content;
        if (bytes.length > bodyLimit) throw new Error("a test's answer is too large");
        return {
          status: answer.status,
          headers: new Map(Object.entries(answer.headers ?? {})),
          body: bytes,
        };
      },
    };
  };
}
