/** The configuration of a device in the simulated years, and its changes over time. */
import type { PairConfiguration } from "../../../lib/device/configuration/configuration.ts";
import type { SeededRandom } from "../../support/random.ts";
import { configured, day } from "../../support/rotation_world.ts";

/** A pair on two disks, of which one is mounted there. */
export interface SplitPair {
  readonly paths: PairConfiguration["paths"];
  readonly mountPoint: string;
}

/** The paths of a device's pair, if it is on two disks. */
export function drawSplitPair(random: SeededRandom): SplitPair | undefined {
  if (!random.oneIn(3)) return undefined;
  const [paths, mountPoint] = random.oneIn(2)
    ? [{ certificate: "/tls/cert.pem", key: "/keys/key.pem" }, "/keys"]
    : [{ certificate: "/certs/cert.pem", key: "/tls/key.pem" }, "/certs"];
  const requiresMount = random.oneIn(3) ? { requiresMount: [mountPoint] } : {};
  return { paths: { ...paths, ...requiresMount }, mountPoint };
}

/** The pair that the service reads, on the device of this seed. */
export function drawConfiguration(seed: number, random: SeededRandom): PairConfiguration {
  return {
    ...configured,
    identity: { subject: `CN=device-${seed}`, names: [`DNS:device-${seed}.example`] },
    keyAlgorithm: "ed25519",
    ...drawTerms(random),
    keepPrevious: random.oneIn(3) ? 5 * day : 0,
    probes: random.oneIn(4)
      ? []
      : configured.probes.map((probe) => ({ ...probe, serverName: undefined, deadline: 2000 })),
  };
}

/** Changes of a pair that an operator makes without touching its service. */
export function reconfigure(
  configuration: PairConfiguration,
  random: SeededRandom,
): PairConfiguration {
  if (random.oneIn(2)) return { ...configuration, ...drawTerms(random) };
  const [first = ""] = configuration.identity.names ?? [];
  const more = Array.from(
    { length: random.below(3) },
    () => `DNS:alias-${random.below(4)}.example`,
  );
  const identity = { ...configuration.identity, names: [...new Set([first, ...more])] };
  return { ...configuration, identity };
}

function drawTerms(random: SeededRandom): Pick<PairConfiguration, "keyPolicy" | "renewBefore"> {
  return {
    keyPolicy: random.oneIn(5) ? "keep" : "new",
    renewBefore: random.oneIn(2)
      ? { kind: "share", share: 1 / 3 }
      : { kind: "time", milliseconds: 15 * day },
  };
}

/** A second pair in the same directory, which is rotated first, and which no service reads. */
export function neighbourOf({ identity }: PairConfiguration): PairConfiguration {
  const { subject = "" } = identity;
  return {
    ...configured,
    name: "neighbour",
    paths: { certificate: "/tls/other.pem", key: "/tls/other-key.pem" },
    identity: { subject: `${subject}-neighbour`, names: ["DNS:neighbour.example"] },
    keyAlgorithm: "ed25519",
    keyPolicy: "new",
    keepPrevious: 0,
    hooks: [],
    probes: [],
  };
}
