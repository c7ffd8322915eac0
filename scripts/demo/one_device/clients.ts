/** The clients of the demo: they connect continuously, and remember what they were served. */
import { connect } from "node:tls";

/** A certificate that clients were served: when, and how often. */
export interface Served {
  readonly serial: string;
  readonly first: number;
  last: number;
  handshakes: number;
}

/** Where clients connect, and what they trust. */
export interface Peer {
  readonly port: number;
  /** The trust anchor, PEM: a client fails if it cannot verify the served certificate. */
  readonly ca: string;
}

/** What {@linkcode Clients} are made with. */
export interface ClientOptions extends Peer {
  /** How many connect at the same time. */
  readonly count: number;
}

/** Clients that connect again and again, verify what they are served, and keep count. */
export class Clients {
  readonly served: Served[] = [];
  readonly failures: string[] = [];
  handshakes = 0;
  readonly #options: ClientOptions;
  readonly #begin = performance.now();
  #isConnecting = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Starts to connect. */
  start(): void {
    this.#isConnecting = true;
    const loops = Array.from({ length: this.#options.count }, () => this.#loop());
    this.#running = Promise.all(loops);
  }

  /** Stops after the handshakes in progress. */
  async pause(): Promise<void> {
    this.#isConnecting = false;
    await this.#running;
  }

  /** Waits for this many more handshakes. */
  async more(handshakes: number): Promise<void> {
    const until = this.handshakes + this.failures.length + handshakes;
    while (this.handshakes + this.failures.length < until) await sleep(5);
  }

  async #loop(): Promise<void> {
    while (this.#isConnecting) {
      try {
        this.#note(await handshake(this.#options));
      } catch (error) {
        this.failures.push(error instanceof Error ? error.message : String(error));
        await sleep(20);
      }
    }
  }

  #note(serial: string): void {
    this.handshakes++;
    const now = performance.now() - this.#begin;
    const latest = this.served.find((served) => served.serial === serial);
    if (latest === undefined) this.served.push({ serial, first: now, last: now, handshakes: 1 });
    else {
      latest.last = now;
      latest.handshakes++;
    }
  }
}

/**
 * One handshake, verified.
 *
 * @returns the serial number of the certificate served: lowercase hexadecimal, an even number of digits.
 */
export function handshake({ port, ca }: Peer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, ca, servername: "localhost" }, () => {
      const serial = socket.getPeerCertificate().serialNumber.toLowerCase();
      socket.destroy();
      resolve(serial.length % 2 === 0 ? serial : `0${serial}`);
    });
    socket.setTimeout(5000, () => socket.destroy(new Error("no answer in 5 s")));
    socket.on("error", reject);
  });
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
