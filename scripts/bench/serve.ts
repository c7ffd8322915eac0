/**
 * Measures `certswap ca serve` under load, next to other servers on the same machine: enrolments, each over
 * a TLS connection of its own and durable; OCSP responses; memory with a thousand connections. The clients
 * run in this process.
 */
import { issuerHashesOf } from "../../lib/protocol/ocsp/mod.ts";
import type { ListenAddress } from "../../lib/system/mod.ts";
import { readCertificateFile, writePem } from "../../lib/x509/mod.ts";
import { certIdDer, requestDer } from "../../tests/protocol/ocsp/samples.ts";
import {
  type ClientTls,
  exchangeOnce,
  RawConnection,
  requestBytes,
} from "../../tests/support/http_client.ts";
import { craftRequest } from "../../tests/support/requests.ts";
import { memoryOf, type ServedCa, withServedCa } from "../../tests/support/served_ca.ts";
import { estBytes } from "../../tests/support/served_device.ts";
import { withTemporaryDirectory } from "../../tests/support/temporary_directory.ts";
import { certswapCommand } from "./certswap.ts";
import { oneByOne } from "./requests.ts";
import { isInstalled } from "./rivals.ts";
import {
  type LoadCandidate,
  type LoadResult,
  measureLoads,
  printLoads,
  runLoad,
} from "./serve/load.ts";
import { makePair, type Peer, startCfssl, startFloor, startOpensslOcsp } from "./serve/peers.ts";

/** Clients at the same time. */
const clients = 32;

/** Enrolments of each round, and rounds. One more round warms up. */
const enrolments = { count: 300, rounds: 4 };

/**
 * The same for OCSP requests: on connections that stay open, and with a connection for each. The runtime
 * compiles a server better while it runs: after 20,000 requests, most of that is done.
 */
const ocspRequests = { count: 20_000, onceCount: 400, rounds: 4 };

/** Connections at the same time, and the memory that the server may have then, in megabytes. */
const held = { connections: 1000, memoryGoal: 150 };

const limits = "connections = 4000\nconnections_per_address = 4000\n";

/** Measures and prints. */
export default async function benchServe(): Promise<void> {
  const command = await certswapCommand();
  await withServedCa(async (directory) => {
    await withServedCa(async (sqlite) => {
      await withTemporaryDirectory(async (home) => {
        await benchEnrolments({ directory, sqlite, home });
        await benchOcsp({ served: sqlite, home });
      });
      await benchMemory(sqlite);
    }, { command, settings: limits, init: ["--store", "sqlite"] });
  }, { command, settings: limits });
}

/** What enrolments are measured with. */
interface EnrolmentSetting {
  readonly directory: ServedCa;
  readonly sqlite: ServedCa;
  readonly home: string;
}

async function benchEnrolments(
  { directory, sqlite, home }: EnrolmentSetting,
): Promise<void> {
  const total = enrolments.count * (enrolments.rounds + 1);
  const requests = await makeRequests(total);
  const pair = await makePair(home, "server");
  const trust = { caCerts: [await Deno.readTextFile(pair.certificate)] };
  const floor = await startFloor("https", pair);
  const cfssl = isInstalled("cfssl")
    ? await startCfssl(await makePair(home, "ca"), pair)
    : undefined;
  if (cfssl === undefined) console.log("cfssl is not installed: nothing to compare with");
  const names = {
    floor: "TLS handshakes, verifications and signatures alone",
    sqlite: "certswap, SQLite",
    directory: "certswap, directory",
  };
  const certswap = async (name: string, served: ServedCa): Promise<LoadCandidate> => {
    const secrets = await served.tokens(total);
    const all = requests.map((der, index) => estBytes(der, secrets[index] ?? ""));
    const tls = { caCerts: [await Deno.readTextFile(served.authority)] };
    return enrolling(name, { pid: served.pid(), address: served.addresses.est, tls, all });
  };
  const toCfssl = (der: Uint8Array<ArrayBuffer>): Uint8Array =>
    requestBytes("POST /api/v1/cfssl/sign", {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ certificate_request: writePem("CERTIFICATE REQUEST", der) }),
    });
  try {
    const results = await measureLoads([
      enrolling(names.floor, {
        ...floor,
        tls: trust,
        all: requests.map((der) => estBytes(der, "none")),
      }),
      await certswap(names.sqlite, sqlite),
      await certswap(names.directory, directory),
      ...(cfssl === undefined ? [] : [
        enrolling("cfssl serve (keeps nothing)", {
          ...cfssl,
          tls: trust,
          all: requests.map(toCfssl),
        }),
      ]),
    ], enrolments.rounds);
    printLoads(`Enrolments, ${clients} clients, a TLS connection each`, results, [
      { candidate: names.sqlite, against: names.floor, atLeast: 0.6 },
      { candidate: names.directory, against: names.floor, atLeast: 0.6 },
    ]);
  } finally {
    await Promise.all([floor.stop(), cfssl?.stop()]);
  }
}

function enrolling(name: string, { pid, address, tls, all }: {
  readonly pid: number;
  readonly address: ListenAddress;
  readonly tls: ClientTls;
  readonly all: readonly Uint8Array[];
}): LoadCandidate {
  const next = oneByOne(all);
  const request = async (): Promise<void> => {
    requireOk(name, await exchangeOnce(address, { request: next(), tls }));
  };
  return { name, run: () => runLoad({ pid, count: enrolments.count, clients, request }) };
}

/** @throws Error */
function requireOk(name: string, { status, body }: { status: number; body: string }): void {
  if (status !== 200) throw new Error(`${name} answered ${status}: ${body}`);
}

async function makeRequests(count: number): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  return await Promise.all(Array.from({ length: count }, (_, index) => {
    const name = `device-${index}.example`;
    return craftRequest({ subject: `CN=${name},O=Example,C=DE`, names: `DNS:${name}` });
  }));
}

async function benchOcsp(
  { served, home }: { readonly served: ServedCa; readonly home: string },
): Promise<void> {
  const authority = await makePair(home, "ca");
  const greeting = await startFloor("http");
  const openssl = await startOpensslOcsp(home, authority);
  const names = {
    hello: "a bare node:http server",
    kept: "certswap",
    helloOnce: "a bare node:http server, a connection each",
    once: "certswap, a connection each",
    openssl: "openssl ocsp, a connection each",
  };
  const ours = await ocspRequest(served.authority, "/ocsp/");
  const theirs = await ocspRequest(authority.certificate, "/");
  const own = { pid: served.pid(), address: served.addresses.http };
  try {
    const results = await measureLoads([
      { name: names.hello, run: () => askOften(names.hello, { ...greeting, request: ours }) },
      { name: names.kept, run: () => askOften(names.kept, { ...own, request: ours }) },
      {
        name: names.helloOnce,
        run: () => askEach(names.helloOnce, { ...greeting, request: ours }),
      },
      { name: names.once, run: () => askEach(names.once, { ...own, request: ours }) },
      { name: names.openssl, run: () => askEach(names.openssl, { ...openssl, request: theirs }) },
    ], ocspRequests.rounds);
    printLoads(`OCSP responses that are kept, ${clients} clients`, results, [
      { candidate: names.kept, against: names.hello, atLeast: 0.7 },
      { candidate: names.once, against: names.openssl, atLeast: 5 },
    ]);
  } finally {
    await Promise.all([greeting.stop(), openssl.stop()]);
  }
}

/** What is asked of whom. */
interface Asking extends Pick<Peer, "pid" | "address"> {
  readonly request: Uint8Array;
}

/** On connections that stay open. */
async function askOften(name: string, { pid, address, request }: Asking): Promise<LoadResult> {
  const open = await Promise.all(
    Array.from({ length: clients }, () => RawConnection.open(address)),
  );
  try {
    return await runLoad({
      pid,
      count: ocspRequests.count,
      clients,
      async request(client) {
        const connection = open[client];
        if (connection !== undefined) requireOk(name, await connection.exchange(request));
      },
    });
  } finally {
    for (const connection of open) connection.close();
  }
}

/** On a connection for each request. `openssl ocsp` knows no other way, and serves one client at a time. */
async function askEach(name: string, { pid, address, request }: Asking): Promise<LoadResult> {
  return await runLoad({
    pid,
    count: ocspRequests.onceCount,
    clients: 4,
    async request() {
      requireOk(name, await exchangeOnce(address, { request }));
    },
  });
}

/**
 * A request with GET about the certificate `02`.
 *
 * @param authority the path of its issuer's certificate.
 * @param root where the path of the responder ends.
 */
async function ocspRequest(authority: string, root: string): Promise<Uint8Array> {
  const { leaf } = readCertificateFile(await Deno.readFile(authority));
  const { name, key } = (await issuerHashesOf(leaf))["SHA-1"];
  const der = requestDer({ ids: [certIdDer({ hash: "SHA-1", name, key, serial: 2n })] });
  return requestBytes(`GET ${root}${encodeURIComponent(der.toBase64())}`);
}

async function benchMemory(served: ServedCa): Promise<void> {
  const before = memoryOf(served.pid());
  const tls = { caCerts: [await Deno.readTextFile(served.authority)] };
  const request = requestBytes("GET /.well-known/est/cacerts");
  const open: RawConnection[] = [];
  try {
    while (open.length < held.connections) {
      const connection = await RawConnection.open(served.addresses.est, tls);
      open.push(connection);
      requireOk("certswap", await connection.exchange(request));
    }
    const after = memoryOf(served.pid());
    const verdict = `goal: below ${held.memoryGoal}${after < held.memoryGoal ? "" : ", missed"}`;
    console.log(
      `\n${after.toFixed(0)} MB of memory with ${held.connections} TLS connections (` +
        `${before.toFixed(0)} after all that without them)  ${verdict}`,
    );
  } finally {
    for (const connection of open) connection.close();
  }
}
