/**
 * A TLS server like most services: it loads its pair at start and on SIGHUP, and otherwise serves the loaded
 * pair. Arguments: certificate, key, port (0: any). Prints `serving PORT` and `reloaded`.
 */
import { createServer } from "node:tls";
import type { AddressInfo } from "node:net";

const [certificate = "", key = "", port = "0"] = Deno.args;
const load = (): { cert: string; key: string } => ({
  cert: Deno.readTextFileSync(certificate),
  key: Deno.readTextFileSync(key),
});

try {
  const server = createServer(load(), (socket) => {
    socket.on("error", () => {});
    socket.end("hello\n");
  });
  server.listen(Number(port), "127.0.0.1", () => {
    console.log(`serving ${(server.address() as AddressInfo).port}`);
  });
  Deno.addSignalListener("SIGHUP", () => {
    server.setSecureContext(load());
    console.log("reloaded");
  });
} catch (error) {
  console.log(`cannot start: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
