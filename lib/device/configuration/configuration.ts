/** What a configuration says, once it has been read and every word of it understood. */
import type { KeyKindFor } from "../../x509/mod.ts";
import type { IssuerConfiguration } from "../issuer/mod.ts";
import type { PairPaths } from "../pair/mod.ts";
import type { HookConfiguration, ProbeConfiguration } from "../service/mod.ts";
import { UnknownPairError } from "./errors.ts";

/** Where the configuration is, unless a flag or the environment says otherwise. */
export const defaultConfigurationPath = "/etc/certswap/certswap.toml";

/** All of `certswap.toml` and its drop-ins. */
export interface Configuration {
  /** The files that were read, absolute, in the order in which they were read. */
  readonly files: readonly string[];
  /** In the order in which they are written; their names are different. */
  readonly pairs: readonly PairConfiguration[];
  /** Where every run leaves its metrics (node_exporter's text format), absolute. */
  readonly metrics: string | undefined;
}

/** One pair: where it lies, what it is for, and how it is renewed. All paths are absolute. */
export interface PairConfiguration {
  /** Letters, digits, `.`, `_` and `-`; 64 characters at most. */
  readonly name: string;
  readonly paths: PairPaths;
  /**
   * PEM file with the CA certificates that a new chain must lead to. There is one if there is an issuer.
   */
  readonly trust: string | undefined;
  readonly identity: IdentityConfiguration;
  /** Whether its certificate may be a CA's: an issuer that makes self-signed ones may say CA:TRUE. */
  readonly allowCa: boolean;
  /**
   * What a new certificate must be usable for: OBJECT IDENTIFIERs in dots, at least one. `undefined`: a TLS
   * server or a TLS client, and whatever the active one is.
   */
  readonly purposes: readonly string[] | undefined;
  readonly keyAlgorithm: KeyKindFor<"device">;
  /** Whether a renewal makes a new key or asks for another certificate for the same one. */
  readonly keyPolicy: "new" | "keep";
  readonly renewBefore: RenewBefore;
  /** For how many milliseconds the previous pair is kept: 0 for not at all, `Infinity` for always. */
  readonly keepPrevious: number;
  /** Without one the pair is watched and recovered, and renewed by someone else. */
  readonly issuer: IssuerConfiguration | undefined;
  /** What makes the service load a new pair, in this order. */
  readonly hooks: readonly HookConfiguration[];
  /** Each of them has to see the pair. */
  readonly probes: readonly ProbeConfiguration[];
  /** The systemd units that read this pair, with their suffix: `nginx.service`. */
  readonly services: readonly string[];
}

/** Whom a new certificate is for. What is `undefined` is as in the active pair. */
export interface IdentityConfiguration {
  /** RFC 4514; it can be encoded. */
  readonly subject: string | undefined;
  /** `DNS:a.example`, `IP:192.0.2.1`, `URI:...`, `email:...`, one each; they can be encoded. */
  readonly names: readonly string[] | undefined;
}

/** How long before its end a certificate is renewed. */
export type RenewBefore =
  /** When this share of its life is left, between 0 and 1. */
  | { readonly kind: "share"; readonly share: number }
  /** When this many milliseconds are left. */
  | { readonly kind: "time"; readonly milliseconds: number };

/**
 * The pair of that name.
 *
 * @throws UnknownPairError
 */
export function pairNamed(configuration: Configuration, name: string): PairConfiguration {
  const pair = configuration.pairs.find((pair) => pair.name === name);
  if (pair === undefined) {
    throw new UnknownPairError(name, configuration.pairs.map(({ name }) => name));
  }
  return pair;
}
