/** The device of the demo: its files, and the pairs that it is given. */
import type { Clients } from "./clients.ts";
import { certswapOrThrow } from "../programs.ts";
import { Server } from "./tls_server.ts";

/** A pair in files, made by the demo's CA. */
export interface Pair {
  readonly serial: string;
  readonly certificate: string;
  readonly key: string;
}

/** The device of the demo: a folder with a CA, and a pair that a TLS server serves. */
export class Device {
  readonly home: string;
  readonly tls: string;
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;

  /** @param home an empty directory. */
  constructor(home: string) {
    this.home = home;
    this.tls = `${home}/tls`;
    this.certificate = `${this.tls}/cert.pem`;
    this.key = `${this.tls}/key.pem`;
    this.ca = `${home}/ca`;
  }

  /** Makes the CA and the directory for the pair. */
  async prepare(): Promise<void> {
    await Deno.mkdir(this.tls);
    await certswapOrThrow("ca", "init", "--data-dir", this.ca, "--subject", "CN=Demo Root,O=Demo");
  }

  /** Makes a key and has the CA sign its certificate. @param serial the next serial number. */
  async makePair(serial: string): Promise<Pair> {
    const pair = {
      serial,
      certificate: `${this.ca}/certs/${serial}.pem`,
      key: `${this.home}/${serial}.key`,
    };
    const request = `${this.home}/${serial}.csr`;
    const subject = ["--subject", "CN=localhost", "--san", "DNS:localhost"];
    await certswapOrThrow("ca", "request", ...subject, "--out-key", pair.key, "--out-csr", request);
    await certswapOrThrow("ca", "sign", request, "--data-dir", this.ca);
    return pair;
  }

  /** Starts the server with the active pair. */
  async startServer(port = 0): Promise<Server> {
    return await Server.start(this.certificate, this.key, port);
  }

  /** What certswap has left next to the pair, apart from its state directory. */
  leftovers(): string[] {
    return [...Deno.readDirSync(this.tls)].map(({ name }) => name)
      .filter((name) => name.includes(".certswap."));
  }
}

/** The flags that name a new pair. */
export function given(pair: Pair): string[] {
  return ["--new-cert", pair.certificate, "--new-key", pair.key];
}

/** The serial number of the certificate that clients were served last. */
export function servedLast({ served }: Clients): string | undefined {
  return served.toSorted((a, b) => a.last - b.last).at(-1)?.serial;
}
