/**
 * The demo: a CA, a TLS server with clients that connect continuously, a swap while they connect, a swap that
 * is killed half-way, a rotation, and a rotation that fails. Exits with 1 if a promise was broken.
 */
import { playFailedRotation, playRotation } from "./demo/act_rotate.ts";
import { playKilledSwap, playRecovery, playSwap } from "./demo/act_swap.ts";
import { Clients } from "./demo/clients.ts";
import { Device, given, servedLast } from "./demo/device.ts";
import { certswap, certswapOrThrow } from "./demo/programs.ts";
import { brokenPromises, chapter, promise, show, span, tell } from "./demo/story.ts";

const home = await Deno.makeTempDir({ prefix: "certswap-demo-" });
const begin = performance.now();
try {
  console.log(`certswap demo, in ${home}`);
  await play(new Device(home));
} finally {
  await Deno.remove(home, { recursive: true });
}
const seconds = ((performance.now() - begin) / 1000).toFixed(1);
const count = brokenPromises();
const verdict = count === 0 ? "Every promise was kept" : `${count} promises were broken`;
console.log(`\n${verdict}, in ${seconds} s.`);
Deno.exitCode = count === 0 ? 0 : 1;

async function play(device: Device): Promise<void> {
  chapter("A small CA, and three certificates for one device");
  show("ca", "init", "--subject", "'CN=Demo Root,O=Demo'");
  await device.prepare();
  show("ca", "request", "...", "&& certswap ca sign request.csr", "(three times)");
  const first = await device.makePair("02");
  const second = await device.makePair("03");
  const third = await device.makePair("04");

  chapter("The device serves the first certificate, and clients connect continuously");
  await certswapOrThrow("swap", "--dir", device.tls, ...given(first));
  let server = await device.startServer();
  const ca = await Deno.readTextFile(`${device.ca}/ca.crt`);
  const clients = new Clients({ port: server.port, ca, count: 4 });
  clients.start();
  await clients.more(150);
  tell(`${clients.handshakes} handshakes so far, serial ${servedLast(clients)}`);

  await playSwap({ device, clients, server }, second);
  await playKilledSwap({ device, clients, server }, third);
  server = await playRecovery({ device, clients, server }, third);
  await playRotation({ device, clients, server });
  await playFailedRotation({ device, clients, server });
  await clients.pause();
  await server.kill();

  chapter("What the clients saw");
  tellServed(clients);
  const { handshakes, failures } = clients;
  promise(`${handshakes} handshakes, ${failures.length} failures`, failures.length === 0);
  for (const failure of failures.slice(0, 5)) tell(failure);
  const again = await certswap("recover", "--dir", device.tls);
  promise("recovery finds nothing more to do", again.code === 0 && again.stdout === "");
}

function tellServed({ served }: Clients): void {
  const end = Math.max(...served.map(({ last }) => last));
  for (const { serial, first, last, handshakes } of served) {
    const [from, to] = [first, last].map((time) => (time / 1000).toFixed(1).padStart(4));
    const times = String(handshakes).padStart(5);
    tell(
      `serial ${serial}  ${span(first / end, last / end)} ${from} s to ${to} s ${times} handshakes`,
    );
  }
}
