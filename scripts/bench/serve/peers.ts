/** Other servers, each a process of its own: the floor, `cfssl serve`, and `openssl ocsp`. */
import { addressText, join, type ListenAddress } from "../../../lib/system/mod.ts";
import { denoRunArguments } from "../../../tests/support/run_deno.ts";
import { freePorts } from "../../../tests/support/served_ca.ts";
import { runProgram } from "../measure.ts";

/** A server that runs until it is stopped. */
export interface Peer {
  readonly pid: number;
  readonly address: ListenAddress;
  stop(): Promise<void>;
}

/** A certificate for 127.0.0.1 and its key: paths. */
export interface PeerPair {
  readonly certificate: string;
  readonly key: string;
}

/** A self-signed certificate of P-256, made by OpenSSL: of a server on 127.0.0.1, or of a CA. */
export async function makePair(directory: string, name: "server" | "ca"): Promise<PeerPair> {
  const [certificate, key] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)];
  await runProgram("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-keyout", key, "-out", certificate, "-subj", `/CN=${name}`, "-days", "30"],
    ...(name === "ca" ? [] : ["-addext", "basicConstraints=critical,CA:FALSE"]),
    ...["-addext", "subjectAltName=IP:127.0.0.1"],
  ]);
  return { certificate, key };
}

/** The floor. */
export async function startFloor(kind: "http" | "https", pair?: PeerPair): Promise<Peer> {
  const program = new URL("./floor.ts", import.meta.url).href;
  const files = pair === undefined ? [] : [pair.certificate, pair.key];
  return await startPeer(Deno.execPath(), (port) => [
    ...[...denoRunArguments, program, kind, String(port)],
    ...files,
  ]);
}

/** `cfssl serve` over TLS. It keeps nothing. @param authority its CA. */
export async function startCfssl(authority: PeerPair, pair: PeerPair): Promise<Peer> {
  return await startPeer("cfssl", (port) => [
    ...["serve", "-loglevel", "4", "-address", "127.0.0.1", "-port", String(port)],
    ...["-ca", authority.certificate, "-ca-key", authority.key],
    ...["-tls-cert", pair.certificate, "-tls-key", pair.key],
  ]);
}

/** `openssl ocsp`, for a CA that has issued the certificate `02`. */
export async function startOpensslOcsp(directory: string, authority: PeerPair): Promise<Peer> {
  const index = join(directory, "index.txt");
  await Deno.writeTextFile(index, "V\t401231235959Z\t\t02\tunknown\t/CN=device\n");
  await Deno.writeTextFile(`${index}.attr`, "unique_subject = no\n");
  return await startPeer("openssl", (port) => [
    ...["ocsp", "-port", String(port), "-index", index, "-CA", authority.certificate],
    ...["-rsigner", authority.certificate, "-rkey", authority.key, "-ndays", "1"],
  ]);
}

async function startPeer(program: string, args: (port: number) => string[]): Promise<Peer> {
  const [port = 0] = freePorts(1);
  const address = { host: "127.0.0.1", port };
  const child = new Deno.Command(program, {
    args: args(port),
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let isRunning = true;
  const ended = child.status.then(() => isRunning = false);
  while (isRunning) {
    if (isListening(port)) {
      return {
        pid: child.pid,
        address,
        async stop() {
          if (isRunning) child.kill("SIGTERM");
          await ended;
        },
      };
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${program} did not start on ${addressText(address)}`);
}

/** Whether a process listens on a port: proc(5). A connection without a request blocks `openssl ocsp`. */
function isListening(port: number): boolean {
  const line = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, "0")} 0+:0000 0A`);
  return ["tcp", "tcp6"].some((table) => line.test(Deno.readTextFileSync(`/proc/net/${table}`)));
}
