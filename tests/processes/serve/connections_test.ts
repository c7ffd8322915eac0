/**
 * A real server with very many idle connections: 1,500, or as many as `CERTSWAP_TEST_CONNECTIONS` says. This
 * process and the server each need a descriptor for each of them (`ulimit -Hn`; the runtime raises the soft
 * limit by itself), and all of them have to be open within ten seconds: then the server closes idle ones.
 */
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import type { ListenAddress } from "../../../lib/system/mod.ts";
import { exchangeOnce, requestBytes } from "../../support/http_client.ts";
import { memoryOf, type ServedCa, withServedCa } from "../../support/served_ca.ts";
import { certificateIn, deviceRequest, estBytes } from "../../support/served_device.ts";

const connections = Number(Deno.env.get("CERTSWAP_TEST_CONNECTIONS") ?? 1500);

/** Descriptors that both processes need for anything else. */
const otherFiles = 500;

/** The limits of the server: one client may have all but these. */
const forOthers = 100;

/** The memory that the server may have with them, in megabytes: without anything held back, and for each. */
const memoryLimit = 300 + connections * 0.05;

/** How many connections are begun at the same time. */
const atOnce = 50;

function descriptorLimit(): number {
  const limits = Deno.readTextFileSync("/proc/self/limits");
  const limit = /^Max open files +\S+ +(\S+)/m.exec(limits)?.[1] ?? "";
  return limit === "unlimited" ? Infinity : Number(limit);
}

const hasDescriptors = descriptorLimit() >= connections + otherFiles;
if (!hasDescriptors) {
  console.warn(
    `%cskipped: ${connections} connections need ulimit -Hn ${connections + otherFiles}`,
    "color: red",
  );
}

/** Idle connections to one address. */
class Crowd {
  readonly #address: ListenAddress;
  readonly #sockets = new Set<Socket>();

  constructor(address: ListenAddress) {
    this.#address = address;
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Adds connections from this address, until the server has closed one or there are so many. */
  async grow(from: string, most: number): Promise<void> {
    let isRefused = false;
    const add = async (): Promise<void> => {
      while (!isRefused && this.size < most) {
        const socket = this.#open(from);
        socket.once("close", () => isRefused = true);
        await new Promise<void>((resolve) =>
          socket.once("connect", resolve).once("close", resolve)
        );
      }
    };
    await Promise.all(Array.from({ length: atOnce }, add));
  }

  /** Closes this side of some connections; the server has to close the other. */
  halfClose(count: number): void {
    for (const socket of [...this.#sockets].slice(0, count)) socket.end();
  }

  leave(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(from: string): Socket {
    const { host, port } = this.#address;
    const socket = connect({ host, port, localAddress: from, allowHalfOpen: true });
    this.#sockets.add(socket);
    // A reset is one way to be refused.
    socket.on("error", () => {});
    socket.on("end", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
    socket.resume();
    return socket;
  }
}

/** A client with one connection that it keeps. */
class Visitor {
  readonly #socket: Socket;
  #text = "";
  #isClosed = false;

  constructor({ host, port }: ListenAddress, from: string) {
    this.#socket = connect({ host, port, localAddress: from });
    this.#socket.on("data", (bytes) => this.#text += bytes.toString("latin1"));
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => this.#isClosed = true);
  }

  /** @returns the status; `undefined` if the connection was closed without an answer. */
  async ask(path: string): Promise<number | undefined> {
    this.#text = "";
    this.#socket.write(requestBytes(`HEAD ${path}`));
    await until(() => this.#text.includes("\r\n\r\n") || this.#isClosed);
    const status = /^HTTP\/1\.1 (\d+)/.exec(this.#text)?.[1];
    return status === undefined ? undefined : Number(status);
  }

  leave(): void {
    this.#socket.destroy();
  }
}

/** One request on a new connection. */
async function askOnce(address: ListenAddress, from: string): Promise<number | undefined> {
  const visitor = new Visitor(address, from);
  const status = await visitor.ask("/ca.pem");
  visitor.leave();
  return status;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** How many connections to `http` were refused for this reason. */
async function refused({ admin }: ServedCa, reason: string): Promise<number> {
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  const line = metrics.split("\n").find((line) =>
    line.startsWith("certswap_server_refused_total{") && line.includes('server="http"') &&
    line.includes(`reason="${reason}"`)
  );
  return Number(line?.split(" ").at(-1) ?? 0);
}

/** How often to fill up again: on a slow machine, idle connections end while others begin. */
const attempts = 30;

/** Adds connections from one address until a newcomer is refused for this reason. */
async function fill(served: ServedCa, crowd: Crowd, { from, newcomer, reason, beside }: {
  readonly from: string;
  readonly newcomer: string;
  readonly reason: string;
  readonly beside: () => Promise<void>;
}): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    await beside();
    await crowd.grow(from, Infinity);
    const isRefused = await askOnce(served.addresses.http, newcomer) === undefined;
    if (isRefused && await refused(served, reason) > 0) return;
  }
  assert.fail(`no connection was refused because of the limit: ${reason}`);
}

const openFiles = (pid: number): number => [...Deno.readDirSync(`/proc/${pid}/fd`)].length;

Deno.test({
  name: "thousands of idle connections: others are served, the excess is closed, and all is freed",
  ignore: !hasDescriptors,
  fn: () =>
    withServedCa(async (served) => {
      const { addresses: { http, est } } = served;
      const before = openFiles(served.pid());
      const crowd = new Crowd(http);
      const early = new Visitor(http, "127.0.0.2");
      const askEarly = async (): Promise<void> => assert.equal(await early.ask("/ca.pem"), 200);

      // One client takes all that it may have: it gets no more, and others do.
      await fill(served, crowd, {
        from: "127.0.0.1",
        newcomer: "127.0.0.1",
        reason: "connections-per-address",
        beside: askEarly,
      });
      assert.equal(await askOnce(http, "127.0.0.3"), 200);

      // Two clients take everything: who is connected is still served, and no one else is.
      await fill(served, crowd, {
        from: "127.0.0.4",
        newcomer: "127.0.0.5",
        reason: "connections",
        beside: askEarly,
      });
      assert.ok(crowd.size > connections / 2, `only ${crowd.size} connections`);
      await askEarly();
      // Another address of the server has its own limit.
      await requireEnrolment(served, "beside.example");

      const memory = memoryOf(served.pid());
      assert.ok(memory < memoryLimit, `${memory} MB`);
      console.log(`${crowd.size} idle connections: ${memory.toFixed(0)} MB`);

      crowd.halfClose(connections / 10);
      await until(() => crowd.size <= connections - connections / 10);
      crowd.leave();
      early.leave();
      await until(() => openFiles(served.pid()) <= before + 20);
      assert.equal(await askOnce(http, "127.0.0.1"), 200);

      // The same, without a TLS handshake, beside devices that enrol.
      const silent = new Crowd(est);
      await silent.grow("127.0.0.1", connections - 2 * forOthers);
      await requireEnrolment(served, "among.example");
      silent.leave();
      await until(() => openFiles(served.pid()) <= before + 20);
    }, {
      settings: `connections = ${connections}\nconnections_per_address = ${
        connections - forOthers
      }\n`,
    }),
});

async function requireEnrolment(served: ServedCa, name: string): Promise<void> {
  const tls = { caCerts: [await Deno.readTextFile(served.authority)] };
  const request = estBytes(await deviceRequest(name), await served.token());
  certificateIn(await exchangeOnce(served.addresses.est, { request, tls }));
}
