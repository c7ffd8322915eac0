/** The fleet of the demo: a CA with its server, and devices, each in a directory of its own. */
import { certswapOrThrow, type Ended, Program, run, succeeded } from "../programs.ts";

/** The addresses of a CA's server. */
export interface Ports {
  readonly est: number;
  readonly http: number;
  readonly admin: number;
}

/** A device: its name, its files, and how `certswap` runs on it. */
export interface FleetDevice {
  readonly name: string;
  readonly home: string;
  readonly certificate: string;
  readonly key: string;
  readonly secret: string;
  readonly configuration: string;
}

/** A CA with its server, and its devices. */
export class Fleet {
  readonly home: string;
  readonly ca: string;
  readonly authority: string;
  /** The pair for `localhost`: of the CA's server, and of the TLS server that accepts the devices. */
  readonly localhost: { readonly certificate: string; readonly key: string };
  readonly ports: Ports;
  #daysAgo = 0;

  /** @param home an empty directory. */
  constructor(home: string) {
    this.home = home;
    this.ca = `${home}/ca`;
    this.authority = `${this.ca}/ca.crt`;
    this.localhost = { certificate: `${home}/localhost.pem`, key: `${home}/localhost.key` };
    const [est = 0, http = 0, admin = 0] = freePorts(3);
    this.ports = { est, http, admin };
  }

  /** Sets the clock of every later command: so many days behind. */
  setClock(daysAgo: number): void {
    this.#daysAgo = daysAgo;
  }

  /** Runs certswap with the fleet's clock. */
  async certswap(...words: string[]): Promise<Ended> {
    return await run("scripts/demo/fleet/earlier.ts", [String(this.#daysAgo), ...words]);
  }

  /** Runs certswap with the fleet's clock. @throws Error if it fails. */
  async certswapOrThrow(...words: string[]): Promise<Ended> {
    return succeeded(await this.certswap(...words), words);
  }

  /** Makes the CA, the pair of its server, and its settings. @param publish is run after each new CRL. */
  async prepare(publish: readonly string[]): Promise<void> {
    await this.certswapOrThrow("ca", "init", "--data-dir", this.ca, "--subject", "CN=Fleet CA");
    const request = `${this.home}/localhost.csr`;
    const names = ["--subject", "CN=localhost", "--san", "DNS:localhost"];
    const out = ["--out-key", this.localhost.key, "--out-csr", request];
    await certswapOrThrow("ca", "request", ...names, ...out);
    const profile = ["--data-dir", this.ca, "--profile", "server"];
    await this.certswapOrThrow(
      "ca",
      "sign",
      request,
      ...profile,
      "--out",
      this.localhost.certificate,
    );
    await Deno.writeTextFile(`${this.ca}/ca.toml`, this.#settings(publish));
  }

  #settings(publish: readonly string[]): string {
    return `[serve]
est = "127.0.0.1:${this.ports.est}"
http = "127.0.0.1:${this.ports.http}"
admin = "127.0.0.1:${this.ports.admin}"
certificate = ${JSON.stringify(this.localhost.certificate)}
key = ${JSON.stringify(this.localhost.key)}

[addresses]
crl = ["http://127.0.0.1:${this.ports.http}/ca.crl"]
ocsp = ["http://127.0.0.1:${this.ports.http}/ocsp"]

[crl]
publish = { command = ${JSON.stringify(publish)} }

[est]
expired_grace = "30d"

[profile.device]
validity = "90d"

[profile.device.names]
dns = ["*.fleet.example"]
`;
  }

  /** Starts the CA's server, with the fleet's clock, and waits until it listens on all three addresses. */
  async serve(): Promise<CaServer> {
    const words = [String(this.#daysAgo), "ca", "serve", "--data-dir", this.ca];
    const server = new CaServer(Program.start("scripts/demo/fleet/earlier.ts", words, "stderr"));
    for (let count = 0; count < 3; count++) await server.event("listening");
    return server;
  }

  /** A device with a directory, and a one-time secret that is good for its name only. */
  async newDevice(name: string): Promise<FleetDevice> {
    const home = `${this.home}/${name}`;
    await Deno.mkdir(home);
    const device = {
      name,
      home,
      certificate: `${home}/tls/cert.pem`,
      key: `${home}/tls/key.pem`,
      secret: `${home}/secret`,
      configuration: `${home}/certswap.toml`,
    };
    await Deno.writeTextFile(device.secret, await this.newSecret(device), { mode: 0o600 });
    return device;
  }

  /** A one-time secret for a device. */
  async newSecret({ name }: FleetDevice): Promise<string> {
    const words = ["ca", "token", "create", "--data-dir", this.ca, "--names", dnsName(name)];
    return (await this.certswapOrThrow(...words)).stdout;
  }

  /** Runs `certswap enroll` on a device. */
  async enroll(device: FleetDevice): Promise<Ended> {
    return await this.certswap(
      ...["enroll", "--est", `https://localhost:${this.ports.est}`, "--dir", `${device.home}/tls`],
      ...["--names", dnsName(device.name), "--secret-file", device.secret],
      ...["--trust", this.authority, "--config", device.configuration],
    );
  }

  /** Runs `certswap rotate` on a device. */
  async rotate(device: FleetDevice, ...flags: string[]): Promise<Ended> {
    return await this.certswap("rotate", "--config", device.configuration, ...flags);
  }
}

/** A line of the server's log. */
export type LogEvent = Readonly<Record<string, unknown>>;

/** A running `certswap ca serve`. */
export class CaServer {
  readonly #program: Program;

  /** @param program reads its log. */
  constructor(program: Program) {
    this.#program = program;
  }

  /** Waits for an event in its log. @returns its fields. @throws Error if the server ends first. */
  async event(
    name: string,
    isWanted: (event: LogEvent) => boolean = () => true,
  ): Promise<LogEvent> {
    for (;;) {
      const line = await this.#program.nextLine();
      if (line === undefined) throw new Error(`the CA's server ended before the event ${name}`);
      const event: LogEvent = line.startsWith("{") ? JSON.parse(line) : {};
      if (event["event"] === name && isWanted(event)) return event;
    }
  }

  /** Stops it, and waits until it has ended. */
  async stop(): Promise<void> {
    await this.#program.end("SIGTERM");
  }
}

/** The name of a device in its certificate. */
export function dnsName(name: string): string {
  return `DNS:${name}.fleet.example`;
}

/** Ports that were free a moment ago. */
export function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}
