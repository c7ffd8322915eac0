/** A server that speaks as much of PostgreSQL as is needed to be given a password. */
import { Buffer } from "node:buffer";
import { connect, createServer, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";

/** The server, and what it was told. */
interface ForgedServer extends AsyncDisposable {
  readonly port: number;
  /** What came through TLS, as text, once every connection has ended. */
  received(): Promise<string>;
}

/** Starts a server with a certificate and a key that need not belong together. */
export async function forgedServer(
  { certificatePem, keyPem }: { readonly certificatePem: string; readonly keyPem: string },
): Promise<ForgedServer> {
  let received = "";
  const sockets = new Set<Socket>();
  const ends: Promise<void>[] = [];
  const secure = createTlsServer({ cert: certificatePem, key: keyPem }, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (data: Uint8Array) => received += new TextDecoder().decode(data));
  });
  secure.on("tlsClientError", () => {});
  const server = createServer((socket) => {
    sockets.add(socket);
    ends.push(new Promise((resolve) => socket.once("close", () => resolve())));
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write(Buffer.from("S"));
      secure.emit("connection", socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    async received() {
      await Promise.all(ends);
      return received;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A client that relies on the runtime's check of a server: it sends the word "secret". */
export async function fooledClient(port: number, ca: string): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.write(Buffer.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f));
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
  await new Promise<void>((resolve, reject) => {
    const secure = connectTls({ socket, ca, servername: "localhost", rejectUnauthorized: true });
    secure.once("error", reject);
    secure.once("secureConnect", () => secure.end("secret"));
    secure.once("close", () => resolve());
  });
}
