import { joined } from "../../lib/system/mod.ts";
import { writePem } from "../../lib/x509/mod.ts";
import {
  bitString,
  integer,
  issueLeaf,
  keyIdentifierOf,
  objectIdentifier,
  purposeOid,
  readCertificateFile,
  readPublicKeyInfo,
  sequence,
  time,
  webCryptoKeys,
} from "../../lib/x509/mod.ts";
import { encodeAlternativeNames, encodeDistinguishedName, issueRoot } from "../../lib/x509/mod.ts";
import type { GeneratedKey } from "../../lib/x509/key/signer.ts";

const tls = globalThis.process.getBuiltinModule("node:tls");
type TlsSocket = import("node:tls").TLSSocket;

/** A pair of a server, as PEM. */
export interface ServerPair {
  readonly certificate: string;
  readonly key: string;
}

/** A CA for servers: its certificates are valid today, and in the years of simulated devices. */
export interface ServerCa {
  /** PEM. */
  readonly trust: string;
  /** Makes a pair for these names, `DNS:localhost,IP:127.0.0.1`. */
  pair(names: string, options?: { readonly purposes?: readonly string[] }): Promise<ServerPair>;
  /** A certificate of version 1 for one key, together with another key. */
  forgedVersion1(): Promise<ServerPair>;
}

const notBefore = new Date("2020-01-01T00:00:00Z");
const notAfter = new Date("2049-01-01T00:00:00Z");

/** Makes a CA. */
export async function makeServerCa(name = "CN=Server CA"): Promise<ServerCa> {
  const key = await webCryptoKeys.generate("ecdsa-p256");
  const subject = encodeDistinguishedName(name);
  const keyIdentifier = await keyIdentifierOf(readPublicKeyInfo(key.publicKey));
  const publicKeyInfo = key.publicKey;
  const root = await issueRoot(
    { serial: 1n, subject, notBefore, notAfter, publicKeyInfo, keyIdentifier },
    key,
  );
  let serial = 1n;
  const issuer = { signer: key, name: subject, keyIdentifier };
  return {
    trust: writePem("CERTIFICATE", root),
    async pair(names, { purposes = [purposeOid.serverAuth] } = {}) {
      const own = await webCryptoKeys.generate("ecdsa-p256");
      const der = await issueLeaf({
        serial: ++serial,
        subject: encodeDistinguishedName("CN=server"),
        notBefore,
        notAfter,
        publicKeyInfo: own.publicKey,
        keyIdentifier: await keyIdentifierOf(readPublicKeyInfo(own.publicKey)),
        keyUsage: ["digitalSignature"],
        extendedKeyUsage: purposes,
        alternativeNames: encodeAlternativeNames(names),
        addresses: { crl: [], ocsp: [], issuer: [] },
      }, issuer);
      return pairOf(der, own);
    },
    async forgedVersion1() {
      const [certified, stolen] = [
        await webCryptoKeys.generate("ecdsa-p256"),
        await webCryptoKeys.generate("ecdsa-p256"),
      ];
      const algorithm = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
      const tbs = sequence(
        integer(7n),
        algorithm,
        subject,
        sequence(time(notBefore), time(notAfter)),
        encodeDistinguishedName("CN=localhost"),
        certified.publicKey,
      );
      const der = sequence(tbs, algorithm, bitString(await key.sign(tbs)));
      return pairOf(der, stolen);
    },
  };
}

function pairOf(der: Uint8Array, key: GeneratedKey): ServerPair {
  return {
    certificate: writePem("CERTIFICATE", der),
    key: writePem("PRIVATE KEY", key.pkcs8),
  };
}

/** DER of a pair's certificate. */
export function derOf({ certificate }: ServerPair): Uint8Array {
  return readCertificateFile(new TextEncoder().encode(certificate)).leaf.der;
}

/** A TLS server on a port of the loopback interface that the kernel chose. */
export interface TlsServer {
  readonly port: number;
  /** Everything that clients have sent to it, decrypted. */
  received(): string;
  /** Uses another pair for connections from now on. */
  use(pair: ServerPair): void;
}

/** What a server does with a connection, once the client has sent something. */
export type Behaviour = (socket: TlsSocket, request: string) => void;

/** Runs a TLS server that behaves in this way, for the time of `work`. */
export async function withTlsServer(
  pair: ServerPair,
  { behave, hostname = "127.0.0.1" }: { readonly behave: Behaviour; readonly hostname?: string },
  work: (server: TlsServer) => Promise<void>,
): Promise<void> {
  let received = "";
  const sockets = new Set<TlsSocket>();
  const server = tls.createServer(
    { cert: pair.certificate, key: pair.key, requestCert: true, rejectUnauthorized: false },
    (socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      let request = "";
      socket.on("data", (chunk: Uint8Array) => {
        const text = new TextDecoder("latin1").decode(chunk);
        received += text;
        request += text;
        if (isWhole(request)) {
          behave(socket, request);
          request = "";
        }
      });
    },
  );
  server.on("tlsClientError", () => {});
  await new Promise<void>((listening) => server.listen(0, hostname, () => listening()));
  try {
    const { port } = server.address() as { readonly port: number };
    await work({
      port,
      received: () => received,
      use: ({ certificate, key }) => server.setSecureContext({ cert: certificate, key }),
    });
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((closed) => server.close(() => closed()));
  }
}

/** Whether a request of HTTP is there with its body. */
function isWhole(request: string): boolean {
  const [head = "", ...rest] = request.split("\r\n\r\n");
  if (rest.length === 0) return false;
  const [, length = "0"] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
  return rest.join("\r\n\r\n").length >= Number(length);
}

/** An answer of HTTP. */
export function httpAnswer(
  status: number,
  { headers = {}, body = "" }: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | Uint8Array;
  } = {},
): Uint8Array {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const lines = [
    `HTTP/1.1 ${status} X`,
    ...Object.entries({ "content-length": String(bytes.length), ...headers })
      .map(([name, value]) => `${name}: ${value}`),
  ];
  const head = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
  return joined([head, bytes]);
}
