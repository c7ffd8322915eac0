/**
 * Compares an enrolment with a bare request that computes the same: a new key, a signed request, the mark of
 * the secret, a TLS 1.3 connection whose server is verified by our own check, one POST, and the signature of
 * the certificate. All of it is in one process, with a server on the loopback interface, and all keys are
 * P-256.
 *
 * With one root for the server and the devices, as `certswap ca serve` has it, and with two trusted roots:
 * then the issuer also asks for the CA's certificates, since one root may certify the other's key.
 */
import { markSecret } from "../../lib/device/issuer/est/secret.ts";
import { openIssuer } from "../../lib/device/issuer/mod.ts";
import {
  encodeBody,
  estContentType,
  estPath,
  readCertificates,
} from "../../lib/protocol/est/mod.ts";
import { day, denoSystem, join, minute } from "../../lib/system/mod.ts";
import {
  type Certificate,
  createRequest,
  encodeAlternativeNames,
  encodeDistinguishedName,
  encodePem,
  isSignedBy,
  readCertificate,
  readRequestFile,
  readSingleCertificateFile,
  webCryptoKeys,
  writePem,
} from "../../lib/x509/mod.ts";
import { serving } from "../../tests/support/est_server.ts";
import { EstService, usualAuthorization } from "../../tests/support/est_service.ts";
import { makeSigner, type Signer } from "../../tests/support/signer.ts";
import { runCli } from "../../tests/support/test_world.ts";
import { makeServerCa, type ServerPair, withTlsServer } from "../../tests/support/tls_server.ts";
import { measure, printRatios } from "./measure.ts";

const name = "device.example";
const host = "127.0.0.1";

/** A server to ask, and a device's files. */
interface Given {
  readonly home: string;
  readonly port: number;
  /** PEM: of the CA of the server, and of the one that signs. */
  readonly trust: string;
  readonly root: Certificate;
  /** The CA of the server. */
  readonly serverCa: Certificate;
}

/** Measures and prints. */
export default async function benchEnrol(): Promise<void> {
  const signer = await makeSigner();
  const own = await pairFrom(signer);
  await compare("An enrolment, in one process, one root", {
    signer,
    own,
    serverCa: signer.trust,
    trust: signer.trust,
  }, { "the EST issuer": 1.3 });
  const ca = await makeServerCa();
  await compare("An enrolment, in one process, two roots", {
    signer,
    own: await ca.pair(`IP:${host}`),
    serverCa: ca.trust,
    trust: ca.trust + signer.trust,
  }, {});
}

/** A pair for the server, from the CA that signs for devices as well. */
async function pairFrom(signer: Signer): Promise<ServerPair> {
  const key = await webCryptoKeys.generate("ecdsa-p256");
  const der = await createRequest({
    subject: encodeDistinguishedName("CN=server"),
    alternativeNames: encodeAlternativeNames(`IP:${host}`),
  }, key);
  const now = Date.now();
  const certificate = await signer.sign(encodePem("CERTIFICATE REQUEST", der), {
    notBefore: new Date(now - minute),
    notAfter: new Date(now + day),
  });
  return { certificate, key: writePem("PRIVATE KEY", key.pkcs8) };
}

/** Who signs, and what the server and the devices have; all of it is PEM. */
interface Parties {
  readonly signer: Signer;
  /** The pair of the server. */
  readonly own: ServerPair;
  readonly serverCa: string;
  /** What the devices trust. */
  readonly trust: string;
}

async function compare(
  title: string,
  { signer, own, serverCa, trust }: Parties,
  limits: Readonly<Record<string, number>>,
): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "certswap-bench-" });
  try {
    const service = new EstService(signer, () => new Date());
    await Deno.writeTextFile(join(home, "trust.pem"), trust);
    await Deno.writeTextFile(join(home, "secret"), "secret\n", { mode: 0o600 });
    const behave = serving(() => service);
    await withTlsServer(own, { behave }, async ({ port }) => {
      const given = {
        home,
        port,
        trust: serverCa,
        root: readCa(signer.trust),
        serverCa: readCa(serverCa),
      };
      const freshly = (work: (given: Given) => Promise<void>) => async () => {
        // Each secret is good for one request.
        service.secrets.set(usualAuthorization, "");
        await work(given);
      };
      let devices = 0;
      const measured = await measure([
        { name: "a bare request", run: freshly(bareRequest) },
        { name: "the EST issuer", run: freshly(askIssuer) },
        { name: "certswap enroll", run: freshly((given) => enroll(given, ++devices)) },
      ], { rounds: 25, warmUp: 3 });
      printRatios(title, measured, limits);
    });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

function readCa(pem: string): Certificate {
  return readSingleCertificateFile(new TextEncoder().encode(pem));
}

/** A new key, and its request. */
async function newRequest(): Promise<Uint8Array> {
  const key = await webCryptoKeys.generate("ecdsa-p256");
  const fields = {
    subject: encodeDistinguishedName(`CN=${name}`),
    alternativeNames: encodeAlternativeNames(`DNS:${name}`),
  };
  return await createRequest(fields, key);
}

/** What any client has to do that computes the same. */
async function bareRequest({ port, trust, root, serverCa }: Given): Promise<void> {
  const marked = markSecret(denoSystem, new TextEncoder().encode("secret"));
  const body = new TextDecoder().decode(encodeBody(await newRequest()));
  const tls = globalThis.process.getBuiltinModule("node:tls");
  const socket = tls.connect({ host, port, ca: trust, minVersion: "TLSv1.3" });
  const answer = Promise.withResolvers<string>();
  let text = "";
  socket.on("error", answer.reject);
  socket.on("data", (chunk: Uint8Array) => {
    text += new TextDecoder().decode(chunk);
    const [head = "", ...rest] = text.split("\r\n\r\n");
    const length = Number(/content-length: (\d+)/.exec(head)?.[1] ?? Infinity);
    if (rest.join("\r\n\r\n").length >= length) answer.resolve(rest.join("\r\n\r\n"));
  });
  const ask = async (): Promise<void> => {
    const server = readCertificate(new Uint8Array(socket.getPeerCertificate().raw));
    if (!await isSignedBy(server, serverCa)) throw new Error("another server");
    // In one piece: the second of two small writes would wait for the acknowledgement of the first.
    socket.write([
      `POST ${estPath("simpleenroll", undefined)} HTTP/1.1`,
      `Host: ${host}:${port}`,
      `Authorization: ${usualAuthorization}`,
      `Content-Type: ${estContentType.request}`,
      `Content-Length: ${body.length}`,
      "",
      body,
    ].join("\r\n"));
  };
  socket.on("secureConnect", () => ask().catch(answer.reject));
  const [leaf] = readCertificates(new TextEncoder().encode(await answer.promise));
  socket.destroy();
  await marked;
  if (leaf === undefined || !await isSignedBy(leaf, root)) throw new Error("no certificate");
}

/** The same with certswap's checks of the server, its wishes, and its certificates. */
async function askIssuer({ home, port }: Given): Promise<void> {
  const issuer = await openIssuer(denoSystem, {
    kind: "est",
    server: { host, port },
    trust: join(home, "trust.pem"),
    username: "device",
    secretFile: join(home, "secret"),
    timeLimit: 60_000,
  });
  try {
    await issuer.prepare?.({ current: undefined, usedSecret: undefined, refused: undefined });
    const der = await newRequest();
    const request = encodePem("CERTIFICATE REQUEST", der);
    const answer = await issuer.ask({
      request,
      requestPath: "",
      publicKey: readRequestFile(request).subjectPublicKeyInfo,
      keepsIdentity: false,
      environment: {},
      lockTimeout: 0,
    });
    if (answer.kind !== "issued") throw new Error("nothing was issued");
  } finally {
    issuer.close?.();
  }
}

/** The whole command: configuration, key, request, certificate, all of it durable. */
async function enroll({ home, port }: Given, device: number): Promise<void> {
  const root = join(home, `device-${device}`);
  await Deno.mkdir(root);
  await Deno.copyFile(join(home, "secret"), join(root, "secret"));
  const { exit, stderr } = await runCli([
    ...["enroll", "--est", `https://${host}:${port}`, "--dir", join(root, "tls")],
    ...["--names", `DNS:${name}`, "--trust", join(home, "trust.pem"), "--username", "device"],
    ...["--secret-file", join(root, "secret"), "--config", join(root, "certswap.toml")],
  ], { system: denoSystem });
  if (exit !== 0) throw new Error(stderr);
}
