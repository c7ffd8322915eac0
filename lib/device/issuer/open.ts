/** Loading what asks an issuer: apart from the records of the kinds, for most rotations ask nobody. */
import type { System } from "../../system/mod.ts";
import type { Issuer } from "./issuer.ts";
import type { IssuerConfiguration } from "./kinds.ts";

type Opener<Configuration> = (system: System, configuration: Configuration) => Promise<Issuer>;

/** One for each kind: without it a new kind does not compile. */
const openers: {
  readonly [Kind in IssuerConfiguration["kind"]]: Opener<
    Extract<IssuerConfiguration, { readonly kind: Kind }>
  >;
} = {
  local: async (system, issuer) => (await import("./local.ts")).localIssuer(system, issuer),
  command: async (system, issuer) => (await import("./command.ts")).commandIssuer(system, issuer),
};

/** The issuer that is configured, ready to be asked. */
export async function openIssuer(
  system: System,
  configuration: IssuerConfiguration,
): Promise<Issuer> {
  // The opener under a name is for the configurations of that name, which the type system cannot follow.
  const open = openers[configuration.kind] as Opener<IssuerConfiguration>;
  return await open(system, configuration);
}
