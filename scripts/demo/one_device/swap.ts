/** The first act: a swap, a swap that is killed half-way, and the recovery. */
import { type Clients, handshake } from "./clients.ts";
import { type Device, given, type Pair, servedLast } from "./device.ts";
import { certswapOrThrow, run } from "../programs.ts";
import { chapter, promise, show, tell } from "../story.ts";
import type { Server } from "./tls_server.ts";

/** What the chapters of this act share. */
export interface Cast {
  readonly device: Device;
  readonly clients: Clients;
  readonly server: Server;
}

/** A swap while clients connect. */
export async function playSwap({ device, clients, server }: Cast, pair: Pair): Promise<void> {
  chapter("A swap while clients connect");
  const trust = ["--trust", `${device.ca}/ca.crt`];
  const words = ["swap", "--dir", device.tls, ...given(pair), ...trust];
  show(...words.map((word) => word.replace(`${device.home}/`, "")));
  await certswapOrThrow(...words);
  await server.reload();
  await clients.more(150);
  tell(`the server was told to reload; it serves serial ${servedLast(clients)} now`);
  promise("no handshake failed", clients.failures.length === 0);
  promise("the second certificate is served", servedLast(clients) === pair.serial);
}

/** A swap that is killed half-way, and what a service would find on the disk. */
export async function playKilledSwap({ device, clients }: Cast, pair: Pair): Promise<void> {
  chapter("A swap that is killed between its two renames");
  const before = servedLast(clients);
  const killed = await run("scripts/demo/one_device/killed_swap.ts", [
    device.tls,
    `${device.tls}/.cert.pem.certswap.tmp`,
    pair.certificate,
    pair.key,
  ]);
  await clients.more(50);
  tell(`the process died of ${killed.signal}`);
  tell(`on the disk: the key of serial ${pair.serial} with the certificate of serial ${before}`);
  const refusal = await refusalOfTornPair(device);
  tell(`a client of a service that started now: ${refusal ?? "is served"}`);
  promise("the kill came half-way: this pair does not work", refusal !== undefined);
  promise("the running service still serves the old certificate", servedLast(clients) === before);
}

/**
 * The device starts again: recovery, then the server.
 *
 * @returns the server.
 */
export async function playRecovery({ device, clients, server }: Cast, pair: Pair): Promise<Server> {
  chapter("After the restart: recovery first, then the service");
  await clients.pause();
  await server.kill();
  show("recover", "--dir", "tls");
  tell((await certswapOrThrow("recover", "--dir", device.tls)).stdout);
  const restarted = await device.startServer(server.port);
  clients.start();
  await clients.more(150);
  const served = servedLast(clients);
  promise("the third certificate, committed before the kill, is served", served === pair.serial);
  promise("nothing is left over", device.leftovers().length === 0);
  return restarted;
}

/** What a client gets from a service that has loaded the mixed pair. */
async function refusalOfTornPair(device: Device): Promise<string | undefined> {
  let server: Server | undefined;
  try {
    server = await device.startServer();
    await handshake({ port: server.port, ca: await Deno.readTextFile(`${device.ca}/ca.crt`) });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await server?.kill();
  }
}
