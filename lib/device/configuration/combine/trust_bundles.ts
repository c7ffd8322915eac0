/** A trust bundle that exists is what a pair trusts. */
import { attempt, type FileSystem, statIfPresent } from "../../../system/mod.ts";
import type { PairConfiguration } from "../configuration.ts";

/**
 * The pair with its trust bundle in place of the file of trust anchors that the bundle began with: for new
 * certificates, for outputs with trust anchors, and for the EST server. A root that was added is then
 * trusted, and one that was removed no longer is.
 */
export function trustingBundle(files: FileSystem, pair: PairConfiguration): PairConfiguration {
  const { trustBundle, issuer, paths } = pair;
  if (trustBundle === undefined) return pair;
  const { path } = trustBundle;
  if (attempt(() => statIfPresent(files, path)) === undefined) return pair;
  return {
    ...pair,
    trust: path,
    paths: { ...paths, trust: path },
    issuer: issuer?.kind === "est" && issuer.trust === trustBundle.first
      ? { ...issuer, trust: path }
      : issuer,
  };
}
