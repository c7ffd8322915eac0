/**
 * The main job, shown: a CA, a TLS server, clients that connect all the time, a swap under their eyes, and
 * a swap that is killed half-way. Ends with 1 where a promise was broken.
 */
import { Clients, handshake } from "./demo/clients.ts";
import { certswap, certswapOrThrow, killedSwap, Server } from "./demo/programs.ts";
import { brokenPromises, chapter, promise, show, span, tell } from "./demo/story.ts";

const home = await Deno.makeTempDir({ prefix: "certswap-demo-" });
const tls = `${home}/tls`;
const [certificate, key] = [`${tls}/cert.pem`, `${tls}/key.pem`];
const staged = `${tls}/.cert.pem.certswap.tmp`;
const begin = performance.now();

try {
  console.log(`certswap demo, in ${home}`);
  await play();
} finally {
  await Deno.remove(home, { recursive: true });
}
const seconds = ((performance.now() - begin) / 1000).toFixed(1);
const count = brokenPromises();
console.log(
  `\n${count === 0 ? "Every promise was kept" : `${count} promises were broken`}, in ${seconds} s.`,
);
Deno.exitCode = count === 0 ? 0 : 1;

async function play(): Promise<void> {
  chapter("A small CA, and three certificates for one device");
  await Deno.mkdir(tls);
  const pairs = await makePairs();
  const [first, second, third] = pairs;

  chapter("The device serves the first one; clients connect all the time");
  await certswapOrThrow("swap", "--dir", tls, ...given(first));
  let server = await Server.start(certificate, key);
  const ca = await Deno.readTextFile(`${home}/ca/ca.crt`);
  const clients = new Clients({ port: server.port, ca, count: 4 });
  clients.start();
  await clients.more(150);
  tell(`${clients.handshakes} handshakes so far, serial ${servedLast(clients)}`);

  chapter("A swap under their eyes");
  show("swap", "--dir", "tls", ...given(second).map(withoutHome), "--trust", "ca/ca.crt");
  await certswapOrThrow("swap", "--dir", tls, ...given(second), "--trust", `${home}/ca/ca.crt`);
  await server.reload();
  await clients.more(150);
  tell(`the server was told to reload; it serves serial ${servedLast(clients)} now`);
  promise("no handshake failed", clients.failures.length === 0);
  promise("the second certificate is served", servedLast(clients) === second.serial);

  chapter("A swap that is killed between its two renames");
  const killed = await killedSwap(tls, staged, third);
  await clients.more(50);
  tell(`the process died of ${killed.signal}`);
  tell(
    `on the disk: the key of serial ${third.serial} with the certificate of serial ${second.serial}`,
  );
  const refusal = await refusalOfTornPair(ca);
  tell(`a client of a service that started now: ${refusal ?? "is served"}`);
  promise("the kill came half-way: this pair does not work", refusal !== undefined);
  promise(
    "the service that runs goes on with the second one",
    servedLast(clients) === second.serial,
  );

  chapter("The power is back: recovery first, then the service");
  await clients.pause();
  await server.kill();
  show("recover", "--dir", "tls");
  tell((await certswapOrThrow("recover", "--dir", tls)).stdout);
  server = await Server.start(certificate, key, server.port);
  clients.start();
  await clients.more(150);
  await clients.pause();
  await server.kill();
  promise(
    "the third certificate, committed before the kill, is served",
    servedLast(clients) === third.serial,
  );
  promise("nothing is left over", await leftovers() === "");

  chapter("What the clients saw");
  tellServed(clients, pairs);
  promise(
    `${clients.handshakes} handshakes, ${clients.failures.length} failures`,
    clients.failures.length === 0,
  );
  for (const failure of clients.failures.slice(0, 5)) tell(failure);
  const again = await certswap("recover", "--dir", tls);
  promise("recovery finds nothing more to do", again.code === 0 && again.stdout === "");
}

/** What a client meets where a service has loaded the pair that lies there half-way. */
async function refusalOfTornPair(ca: string): Promise<string | undefined> {
  let server: Server | undefined;
  try {
    server = await Server.start(certificate, key);
    await handshake({ port: server.port, ca });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await server?.kill();
  }
}

interface Pair {
  readonly serial: string;
  readonly certificate: string;
  readonly key: string;
}

async function makePairs(): Promise<[Pair, Pair, Pair]> {
  const data = ["--data-dir", `${home}/ca`];
  show("ca", "init", "--subject", "'CN=Demo Root,O=Demo'");
  await certswapOrThrow("ca", "init", ...data, "--subject", "CN=Demo Root,O=Demo");
  show("ca", "request", "...", "&& certswap ca sign request.csr", "(three times)");
  return [await makePair("02"), await makePair("03"), await makePair("04")];
}

async function makePair(serial: string): Promise<Pair> {
  const pair = {
    serial,
    certificate: `${home}/ca/certs/${serial}.pem`,
    key: `${home}/${serial}.key`,
  };
  const request = `${home}/${serial}.csr`;
  const subject = ["--subject", "CN=localhost", "--san", "DNS:localhost"];
  await certswapOrThrow("ca", "request", ...subject, "--out-key", pair.key, "--out-csr", request);
  await certswapOrThrow("ca", "sign", request, "--data-dir", `${home}/ca`);
  return pair;
}

function given(pair: Pair): string[] {
  return ["--new-cert", pair.certificate, "--new-key", pair.key];
}

function withoutHome(word: string): string {
  return word.replace(`${home}/`, "");
}

function servedLast({ served }: Clients): string | undefined {
  return served.toSorted((a, b) => a.last - b.last).at(-1)?.serial;
}

async function leftovers(): Promise<string> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(tls)) names.push(name);
  return names.filter((name) => name.includes(".certswap.")).join(", ");
}

function tellServed({ served }: Clients, pairs: readonly Pair[]): void {
  const end = Math.max(...served.map(({ last }) => last));
  for (const { serial } of pairs) {
    const seen = served.find((one) => one.serial === serial);
    if (seen === undefined) continue;
    const bar = span(seen.first / end, seen.last / end);
    const [from, to] = [seen.first, seen.last].map((time) => (time / 1000).toFixed(1).padStart(4));
    const handshakes = String(seen.handshakes).padStart(5);
    tell(`serial ${serial}  ${bar} ${from} s to ${to} s ${handshakes} handshakes`);
  }
}
