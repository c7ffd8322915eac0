import { describe } from "../../lib/cli/messages/mod.ts";
import type { PairConfiguration } from "../../lib/device/configuration/configuration.ts";
import {
  type RotateOptions,
  rotatePair,
  type RotationEvent,
  type RotationResult,
} from "../../lib/device/rotation/mod.ts";
import type { PairState } from "../../lib/device/pair/state.ts";
import { decodeState } from "../../lib/device/pair/state_reader.ts";
import {
  type ClientOptions,
  type ClientSight,
  type LookOptions,
  ProcessStartError,
  type ProgramEnd,
  type RunOptions,
  type RunResult,
  type Sight,
  type System,
  TlsConnectionError,
  type TlsEndpoint,
  type Volumes,
} from "../../lib/system/mod.ts";
import { readCertificateFile } from "../../lib/x509/mod.ts";
import { type Disk, plant, type Planted, visibleFiles } from "../simulation/model/disk.ts";
import { bytesOf } from "../simulation/model/contents.ts";
import { SimulatedFileSystem } from "../simulation/model/simulated_file_system.ts";
import { noDatabases } from "../simulation/model/no_databases.ts";
import {
  refusedSight,
  simulatedNetwork,
  type SimulatedServers,
} from "../simulation/model/simulated_network.ts";
import { simulatedAccessLists, simulatedRandom } from "../simulation/model/simulated_system.ts";
import { makeSigner, type Signer } from "./signer.ts";
import { unknownVolumes } from "../simulation/model/unknown_volumes.ts";

/** A day in milliseconds. */
export const day = 24 * 60 * 60 * 1000;

/** When a world begins. */
export const beginning = new Date("2030-06-01T12:00:00Z");

let signer: Promise<Signer> | undefined;

/** The signer of every world. Made once. */
export function commonSigner(): Promise<Signer> {
  return signer ??= makeSigner();
}

/** A run of the issuer or the hook, with the result that the test defines. */
export type Program = (options: RunOptions, world: RotationWorld) => Promise<RunResult> | RunResult;

/** A TLS handshake with a server, with the result that the test defines. */
export type Look = (
  endpoint: TlsEndpoint,
  options: LookOptions,
  world: RotationWorld,
) => Promise<Sight> | Sight;

/** A connection with a client certificate, with the result that the test defines. */
export type Client = (
  endpoint: TlsEndpoint,
  options: ClientOptions,
  world: RotationWorld,
) => Promise<ClientSight> | ClientSight;

/** How a program ended. */
export function ended(
  end: ProgramEnd | number,
  { output = "", errorOutput = "" }: { output?: string | Uint8Array; errorOutput?: string } = {},
): RunResult {
  const encoder = new TextEncoder();
  return {
    end: typeof end === "number" ? { kind: "exit", code: end } : end,
    output: typeof output === "string" ? encoder.encode(output) : output,
    errorOutput: encoder.encode(errorOutput),
  };
}

/** One pair with an issuer, a hook and a probe. Only the certificates are real. */
export const configured: PairConfiguration = {
  name: "web",
  paths: { certificate: "/tls/cert.pem", key: "/tls/key.pem" },
  trust: "/trust.pem",
  identity: { subject: "CN=device.example", names: ["DNS:device.example", "DNS:www.example"] },
  allowCa: false,
  purposes: undefined,
  keyAlgorithm: "ecdsa-p256",
  keyPolicy: "new",
  renewBefore: { kind: "share", share: 1 / 3 },
  keepPrevious: 0,
  issuer: { kind: "command", command: ["/bin/issuer", "--flag"], timeLimit: 1000 },
  hooks: [{ name: undefined, command: ["/bin/hook"], timeLimit: 1000 }],
  probes: [{
    kind: "server",
    host: "localhost",
    port: 443,
    serverName: "device.example",
    startTls: undefined,
    keyType: undefined,
    identity: { kind: "pair-if-client" },
    deadline: 10_000,
  }],
  services: [],
};

/** A file that records what the service serves. It is not one of the device's: it is immediately durable. */
export const servedPath = "/run/served";

/** The file of the one-time secret of an enrolment. */
export const secretPath = "/etc/certswap/secret";

/** A disk with a directory for the pair, and the trust anchor. */
export function emptyDevice(
  { trust }: Signer,
  files: Readonly<Record<string, Planted | string>> = {},
): Disk {
  return plant({ "/tls/": {}, "/trust.pem": trust, ...files });
}

/**
 * A simulated device: its disk, clock, programs and service. A test changes its properties to change their
 * behavior.
 */
export class RotationWorld {
  readonly signer: Signer;
  readonly files: SimulatedFileSystem;
  now: Date = beginning;
  configuration: PairConfiguration = configured;
  /** How long the certificates of the issuer are valid, in milliseconds. */
  life = 90 * day;
  issuer: Program = signs;
  hook: Program = reloads;
  /** How long a handshake takes, in milliseconds: a client with a shorter time limit gets no answer. */
  handshake = 20;
  /** The result of a handshake with the service, or with another server. */
  look: Look = looksAtService;
  /** What is mounted: unknown, unless a test knows better. */
  volumes: Volumes = unknownVolumes;
  /** The result of presenting the pair to a server as a client. */
  client: Client = acceptsClient;
  /** A connection to an HTTPS server: none is running, unless a test knows better. */
  https: NonNullable<SimulatedServers["https"]> = (endpoint) =>
    Promise.reject(new TlsConnectionError(endpoint, "refused"));
  /** Called at every handshake. */
  probed: () => void = () => {};
  /** Called whenever certswap sleeps. */
  slept: () => void = () => {};
  /** The programs that were run, by name, with their arguments and input. */
  readonly runs: { readonly program: string; readonly options: RunOptions }[] = [];
  readonly events: RotationEvent[] = [];
  readonly #listeners = new Set<(signal: string) => void>();

  constructor(signer: Signer, files = new SimulatedFileSystem(emptyDevice(signer))) {
    this.signer = signer;
    this.files = files;
  }

  /**
   * DER of the certificate that the service serves; `undefined`: connection refused. It is kept next to the
   * disk's own files.
   */
  get served(): Uint8Array | undefined {
    const file = visibleFiles(this.files.disk).get(servedPath);
    if (typeof file !== "object") return undefined;
    const bytes = bytesOf(file.content);
    return bytes.length === 0 ? undefined : bytes;
  }

  set served(certificate: Uint8Array | undefined) {
    const content = certificate ?? new Uint8Array();
    this.files.disk = plant({ [servedPath]: { content } }, this.files.disk);
  }

  get system(): System {
    return {
      files: this.files,
      accessLists: simulatedAccessLists(this.files),
      databases: noDatabases,
      volumes: this.volumes,
      clock: {
        now: () => this.now,
        sleep: (milliseconds) => {
          this.pass(milliseconds);
          this.slept();
          return Promise.resolve();
        },
      },
      processes: {
        userId: () => 0,
        processId: () => 4711,
        hostName: () => "host.example",
        groupId: () => 0,
        onServiceSignals: () => () => {},
        onTermination: (stop) => {
          this.#listeners.add(stop);
          return () => void this.#listeners.delete(stop);
        },
        deliverSignals: () => Promise.resolve(),
        run: async (options) => await this.#run(options),
      },
      random: simulatedRandom(),
      network: simulatedNetwork({
        look: (endpoint, options) => {
          this.probed();
          return this.look(endpoint, options, this);
        },
        client: (endpoint, options) => this.client(endpoint, options, this),
        https: (endpoint, options) => this.https(endpoint, options),
      }),
    };
  }

  /** Advances the clock. */
  pass(milliseconds: number): void {
    this.now = new Date(this.now.getTime() + milliseconds);
  }

  /** Sends a signal to certswap. @throws Error without a handler: the process would be dead. */
  signal(signal: string): void {
    if (this.#listeners.size === 0) throw new Error(`died of ${signal}`);
    for (const stop of this.#listeners) stop(signal);
  }

  /** `certswap rotate`, once. */
  async rotate(options: Partial<RotateOptions> = {}): Promise<RotationResult> {
    return await rotatePair(this.system, this.configuration, {
      lockTimeout: 0,
      force: false,
      wait: false,
      onEvent: (event) => this.events.push(event),
      textOf: (error) => describe(error).message,
      ...options,
    });
  }

  /** The text of a file; `undefined` if there is none. */
  read(path: string): string | undefined {
    // Not through the door: a read by the test is not an operation of the run.
    const file = visibleFiles(this.files.disk).get(path);
    return typeof file === "object" ? new TextDecoder().decode(bytesOf(file.content)) : undefined;
  }

  /** Writes a text to a new or existing file. */
  write(path: string, text: string): void {
    this.files.disk = plant({ [path]: text }, this.files.disk);
  }

  get state(): PairState {
    const text = this.read("/tls/.certswap/cert.pem.state");
    const bytes = new TextEncoder().encode(text ?? '{"version":1}');
    return decodeState(bytes, this.now)?.state ?? { other: {} };
  }

  /** DER of the active certificate. */
  get active(): Uint8Array | undefined {
    const text = this.read("/tls/cert.pem");
    return text === undefined
      ? undefined
      : readCertificateFile(new TextEncoder().encode(text)).leaf.der;
  }

  /** Everything on the disk, to compare two moments. */
  get tree(): unknown {
    return [...visibleFiles(this.files.disk)];
  }

  /** How often a program was run. */
  count(program: "issuer" | "hook"): number {
    return this.runs.filter((run) => run.program === `/bin/${program}`).length;
  }

  async #run(options: RunOptions): Promise<RunResult> {
    const [program] = options.command;
    this.runs.push({ program, options });
    if (program === "/bin/issuer") return await this.issuer(options, this);
    if (program === "/bin/hook") return await this.hook(options, this);
    throw new ProcessStartError(program, "ENOENT");
  }
}

/** An issuer that signs immediately. */
export async function signs(
  { input }: RunOptions,
  { signer, now, life }: RotationWorld,
): Promise<RunResult> {
  const notBefore = new Date(Math.floor(now.getTime() / 1000) * 1000);
  const notAfter = new Date(notBefore.getTime() + life);
  return ended(0, { output: await signer.sign(input, { notBefore, notAfter }) });
}

/** A hook that makes the service load the active pair. */
export function reloads(_: RunOptions, world: RotationWorld): RunResult {
  world.served = world.active;
  return ended(0);
}

/** The simulated service: shows what it serves, after the time that a handshake takes. */
export function looksAtService(
  endpoint: TlsEndpoint,
  { timeLimit }: LookOptions,
  { served, handshake }: RotationWorld,
): Sight {
  if (served === undefined) return refusedSight(endpoint);
  return timeLimit < handshake
    ? { stage: "connected", error: new TlsConnectionError(endpoint, "time-limit") }
    : { stage: "certificate", certificate: served };
}

/** As of a server that wants a client certificate: it answers, and shows nothing. */
export function blind(endpoint: TlsEndpoint): Sight {
  return { stage: "handshake", error: new TlsConnectionError(endpoint, "handshake") };
}

/** A server that takes every client. */
export function acceptsClient(): ClientSight {
  return { stage: "certificate", verdict: "accepted" };
}

/** A device with its first pair, which its service has loaded. */
export async function rotatedWorld(): Promise<RotationWorld> {
  const world = new RotationWorld(await commonSigner());
  await world.rotate();
  world.runs.length = 0;
  world.events.length = 0;
  return world;
}
