/** The first act: a device with a TLS server, whose pair is swapped and rotated while clients connect. */
import { certswap, certswapOrThrow } from "../programs.ts";
import { act, chapter, promise, show, span, tell } from "../story.ts";
import { Clients } from "./clients.ts";
import { Device, given, servedLast } from "./device.ts";
import { playFailedRotation, playRotation } from "./rotate.ts";
import { playKilledSwap, playRecovery, playSwap } from "./swap.ts";

/** Plays the first act. @param home an empty directory. */
export async function playOneDevice(home: string): Promise<void> {
  const device = new Device(home);
  act("One device");
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
