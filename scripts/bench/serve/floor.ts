/**
 * A server that does as little as a CA can: it answers GET with a few bytes, and over TLS it verifies a
 * request and makes a signature. It keeps nothing. Started as a process of its own: `floor.ts http PORT`, or
 * `floor.ts https PORT CERTIFICATE KEY`.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { readRequest } from "../../../lib/x509/read/request.ts";
import { webCryptoKeys } from "../../../lib/x509/key/signer.ts";
import { judgeSignature } from "../../../lib/x509/verify/signature.ts";

const [kind, port, certificate = "", key = ""] = Deno.args;
const signer = await webCryptoKeys.generate("ecdsa-p256");
const hello = new Uint8Array(500);
const answered = "A".repeat(1000);

async function sign(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const parts: Uint8Array[] = [];
  for await (const part of incoming) parts.push(part);
  const text = new TextDecoder().decode(parts[0]);
  const request = readRequest(Uint8Array.fromBase64(text));
  await judgeSignature(request, request.subjectPublicKeyInfo);
  await signer.sign(request.tbs);
  outgoing.writeHead(200, { "content-length": answered.length });
  outgoing.end(answered);
}

function greet(_: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(200, { "content-length": hello.length });
  outgoing.end(hello);
}

const server = kind === "http" ? createServer(greet) : createTlsServer({
  cert: Deno.readTextFileSync(certificate),
  key: Deno.readTextFileSync(key),
  requestCert: true,
  rejectUnauthorized: false,
}, (incoming, outgoing) => {
  sign(incoming, outgoing).catch(() => incoming.socket.destroy());
});
server.listen({ port: Number(port), host: "127.0.0.1" }, () => console.log("ready"));
