/** A simulated device with a trust bundle, and the EST server that the bundle is refreshed from. */
import { trustingBundle } from "../../lib/device/configuration/combine/mod.ts";
import type { PairConfiguration } from "../../lib/device/configuration/mod.ts";
import type { RotateOptions, RotationResult } from "../../lib/device/rotation/mod.ts";
import { type BundleRecord, loadAnchors } from "../../lib/device/pair/mod.ts";
import { fingerprint, readSingleCertificateFile } from "../../lib/x509/mod.ts";
import { plant } from "../simulation/model/disk.ts";
import { SimulatedFileSystem } from "../simulation/model/simulated_file_system.ts";
import { certificatesAnswer, EstService, serverCertificate, sessionWith } from "./est_service.ts";
import { configured, day, emptyDevice, RotationWorld, secretPath } from "./rotation_world.ts";
import type { Signer } from "./signer.ts";

/** The file of the trust bundle. */
export const bundlePath = "/tls/roots.pem";

/** Where the CA certificate is that the first contact fetches. */
export const pinnedPath = "/tls/ca.pem";

/** The DER of a signer's root. */
export function rootOf({ trust }: Pick<Signer, "trust">): Uint8Array {
  return readSingleCertificateFile(new TextEncoder().encode(trust)).der;
}

/** The fingerprint of a signer's root. */
export async function nameOfRoot(signer: Pick<Signer, "trust">): Promise<string> {
  return await fingerprint(readSingleCertificateFile(new TextEncoder().encode(signer.trust)));
}

/** The configuration of a pair with a trust bundle from an EST server. */
export const withTrustBundle: PairConfiguration = {
  ...configured,
  keyAlgorithm: "ed25519",
  paths: {
    ...configured.paths,
    trust: "/trust.pem",
    outputs: [{
      path: bundlePath,
      contains: ["trust"],
      format: "pem",
      rights: { mode: 0o644 },
      profile: "modern",
      isBundle: true,
    }],
  },
  trustBundle: { path: bundlePath, source: undefined, first: "/trust.pem" },
  issuer: {
    kind: "est",
    server: { host: "ca.example", port: 443 },
    trust: "/trust.pem",
    username: "device",
    secretFile: secretPath,
    timeLimit: 1000,
  },
};

/** A device that has enrolled, and its EST server. */
export class TrustWorld {
  readonly world: RotationWorld;
  readonly service: EstService;
  /** What /cacerts has: DER. */
  served: readonly Uint8Array[];
  /** The certificate of the server, DER. */
  server: Uint8Array;
  configuration = withTrustBundle;

  constructor(signer: Signer, server: Uint8Array) {
    const disk = emptyDevice(signer, {
      [secretPath]: { content: "secret\n", attributes: { mode: 0o600 } },
    });
    this.world = new RotationWorld(signer, new SimulatedFileSystem(disk));
    this.service = new EstService(signer, () => this.world.now);
    this.served = [rootOf(signer)];
    this.server = server;
    this.service.answers = (_, operation) =>
      operation === "cacerts" ? certificatesAnswer(this.served) : undefined;
    this.world.https = sessionWith(this.service, () => Promise.resolve([this.server]));
  }

  /** A run, with the configuration read again. @param days how much later than the last run. */
  async rotate(days = 0, options: Partial<RotateOptions> = {}): Promise<RotationResult> {
    this.world.pass(days * day);
    this.world.configuration = trustingBundle(this.world.files, this.configuration);
    return await this.world.rotate(options);
  }

  /** The fingerprints of the bundle, in order. */
  async trusted(): Promise<readonly string[]> {
    const { anchors = [] } = loadAnchors(this.world.files, bundlePath);
    return await Promise.all(anchors.map(fingerprint));
  }

  /** What the state says of the bundle. */
  get record(): BundleRecord | undefined {
    return this.world.state.outputs?.find(({ path }) => path === bundlePath)?.bundle;
  }

  /** How often the server was asked for its roots. */
  get asked(): number {
    return this.service.received.filter(({ operation }) => operation === "cacerts").length;
  }

  /** Puts a file on the disk. */
  write(path: string, content: string): void {
    this.world.files.disk = plant({ [path]: content }, this.world.files.disk);
  }
}

/** A device that has not enrolled yet at the CA of a signer. */
async function newTrustWorld(signer: Signer): Promise<TrustWorld> {
  const now = new Date("2030-06-01T12:00:00Z");
  return new TrustWorld(signer, await serverCertificate(signer, { now }));
}

/** A device that has not enrolled yet, and knows only the fingerprint of its CA. */
export async function pinnedTrustWorld(signer: Signer): Promise<TrustWorld> {
  const made = await newTrustWorld(signer);
  made.configuration = pinned(made.configuration, await nameOfRoot(signer));
  return made;
}

/** The configuration with the CA's fingerprint, and a file of trust anchors that is not there yet. */
export function pinned(pair: PairConfiguration, name: string): PairConfiguration {
  const { issuer, trustBundle } = pair;
  if (issuer?.kind !== "est" || trustBundle === undefined) throw new TypeError("no trust bundle");
  return {
    ...pair,
    trust: pinnedPath,
    paths: { ...pair.paths, trust: pinnedPath },
    trustBundle: { ...trustBundle, first: pinnedPath },
    issuer: { ...issuer, trust: pinnedPath, fingerprint: name },
  };
}

/** A device that has enrolled at the CA of a signer. */
export async function trustWorld(signer: Signer): Promise<TrustWorld> {
  const made = await newTrustWorld(signer);
  await made.rotate();
  made.world.runs.length = 0;
  made.world.events.length = 0;
  return made;
}
