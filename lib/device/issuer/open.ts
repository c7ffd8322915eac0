/**
 * Loads the code that asks an issuer: apart from the records of the kinds, as most rotations ask no issuer.
 */
import type { System } from "../../system/mod.ts";
import type { Issuer } from "./issuer.ts";
import type { IssuerConfiguration } from "./kinds.ts";

type Opener<Configuration> = (system: System, configuration: Configuration) => Promise<Issuer>;

/** One for each kind: a new kind without one does not compile. */
const openers: {
  readonly [Kind in IssuerConfiguration["kind"]]: Opener<
    Extract<IssuerConfiguration, { readonly kind: Kind }>
  >;
} = {
  local: async (system, issuer) => (await import("./local.ts")).localIssuer(system, issuer),
  est: async (system, issuer) => (await import("./est/issuer.ts")).estIssuer(system, issuer),
  command: async (system, issuer) => (await import("./command.ts")).commandIssuer(system, issuer),
};

/**
 * Fetches what an issuer needs before its first use: a CA certificate that is pinned by its fingerprint.
 *
 * @throws CertswapError
 */
export async function prepareIssuer(
  system: System,
  configuration: IssuerConfiguration | undefined,
): Promise<void> {
  if (configuration?.kind !== "est" || configuration.fingerprint === undefined) return;
  await (await import("./est/trust.ts")).fetchMissingTrust(system, configuration);
}

/**
 * Fetches a missing file of trust anchors, if it is the one that the first use of the issuer would fetch.
 *
 * @throws CertswapError
 */
export async function fetchAnchors(
  system: System,
  configuration: IssuerConfiguration | undefined,
  path: string | undefined,
): Promise<void> {
  if (configuration?.kind !== "est" || configuration.trust !== path) return;
  await prepareIssuer(system, configuration);
}

/** Opens the configured issuer. */
export async function openIssuer(
  system: System,
  configuration: IssuerConfiguration,
): Promise<Issuer> {
  // The opener of a name fits the configurations of that name, which the type system cannot express.
  const open = openers[configuration.kind] as Opener<IssuerConfiguration>;
  return await open(system, configuration);
}
