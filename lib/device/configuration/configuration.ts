/** A configuration that was read and checked. */
import type { KeyKindFor } from "../../x509/mod.ts";
import type { IssuerConfiguration } from "../issuer/mod.ts";
import type { PairPaths } from "../pair/mod.ts";
import type { HookConfiguration, ProbeConfiguration } from "../service/mod.ts";
import { UnknownPairError } from "./errors.ts";

/** The default path of the configuration. */
export const defaultConfigurationPath = "/etc/certswap/certswap.toml";

/** The content of `certswap.toml` and its drop-ins. */
export interface Configuration {
  /** The files that were read, absolute, in that order. */
  readonly files: readonly string[];
  /** In the order of the files. Their names are different. */
  readonly pairs: readonly PairConfiguration[];
  /** Where every run writes its metrics (node_exporter's text format), absolute. */
  readonly metrics: string | undefined;
}

/** One pair: its files, its names, and how it is renewed. All paths are absolute. */
export interface PairConfiguration {
  /** Letters, digits, `.`, `_` and `-`; 64 characters at most. */
  readonly name: string;
  readonly paths: PairPaths;
  /** The layout that says some of it, if there is one. Only for people. */
  readonly layout?: string;
  /**
   * PEM file with the CA certificates that a new chain must lead to. There is one if there is an issuer.
   */
  readonly trust: string | undefined;
  /** The file of trust anchors that is kept up to date; it is also one of the outputs. */
  readonly trustBundle?: TrustBundleConfiguration;
  readonly identity: IdentityConfiguration;
  /** Whether a CA certificate is allowed: issuers of self-signed ones may set CA:TRUE. */
  readonly allowCa: boolean;
  /**
   * The purposes that a new certificate must have: OBJECT IDENTIFIERs in dotted form, at least one.
   * `undefined`: TLS server or TLS client, and those of the active one.
   */
  readonly purposes: readonly string[] | undefined;
  readonly keyAlgorithm: KeyKindFor<"device">;
  /** Whether a renewal creates a new key or requests a certificate for the same one. */
  readonly keyPolicy: "new" | "keep";
  readonly renewBefore: RenewBefore;
  /** How many milliseconds the previous pair is kept: 0 for not at all, `Infinity` for ever. */
  readonly keepPrevious: number;
  /** Without an issuer, the pair is only watched and recovered. */
  readonly issuer: IssuerConfiguration | undefined;
  /** The hooks that make the service load a new pair, in this order. */
  readonly hooks: readonly HookConfiguration[];
  /** The probes. Each of them must see the pair. */
  readonly probes: readonly ProbeConfiguration[];
  /** The systemd units that read this pair, with their suffix: `nginx.service`. */
  readonly services: readonly string[];
}

/** The CA certificates that a device and its services trust, in one file. */
export interface TrustBundleConfiguration {
  /** As it is written. */
  readonly path: string;
  /** A file with the certificates, absolute; `undefined`: the EST server of the issuer. */
  readonly source: string | undefined;
  /** The file of trust anchors that a missing bundle begins with, absolute. */
  readonly first: string;
}

/** The names of a new certificate. `undefined`: as in the active pair. */
export interface IdentityConfiguration {
  /** RFC 4514; it can be encoded. */
  readonly subject: string | undefined;
  /** `DNS:a.example`, `IP:192.0.2.1`, `URI:...`, `email:...`, one each; they can be encoded. */
  readonly names: readonly string[] | undefined;
}

/** How long before its expiry a certificate is renewed. */
export type RenewBefore =
  /** When this share of its life remains, between 0 and 1. */
  | { readonly kind: "share"; readonly share: number }
  /** When this many milliseconds remain. */
  | { readonly kind: "time"; readonly milliseconds: number };

/**
 * Finds the pair with this name.
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
