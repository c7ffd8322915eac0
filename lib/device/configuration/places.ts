/** The paths that the configuration of a pair names, each with what it is used as. */
import type { UsedPath } from "../../system/mod.ts";
import type { IssuerConfiguration, PairConfiguration } from "./configuration.ts";

/** A path, and the key that names it. */
export interface ConfiguredPath extends UsedPath {
  /** Below the pair's table. */
  readonly key: readonly string[];
}

/** Everything that the rotation of a pair reads, writes or runs, as far as the configuration names it. */
export function placesOf(pair: PairConfiguration): readonly ConfiguredPath[] {
  const { paths: { certificate, key, combined }, trust, issuer, hook } = pair;
  return [
    { key: ["certificate"], path: certificate, as: "file" },
    { key: ["key"], path: key, as: "file" },
    ...(combined === undefined ? [] : [{ key: ["combined"], path: combined, as: "file" } as const]),
    ...(issuer === undefined ? [] : issuerPlaces(issuer)),
    ...(trust === undefined ? [] : [{ key: ["trust"], path: trust, as: "obeyed" } as const]),
    ...(hook === undefined ? [] : programPlaces(["hook", "command"], hook.command)),
  ];
}

function issuerPlaces(issuer: IssuerConfiguration): readonly ConfiguredPath[] {
  switch (issuer.kind) {
    case "local":
      return [{ key: ["issuer", "data_dir"], path: issuer.dataDirectory, as: "directory" }];
    case "command":
      return programPlaces(["issuer", "command"], issuer.command);
  }
}

/** A bare name is looked for in a PATH of certswap's own, which holds directories of the system alone. */
function programPlaces(
  key: readonly string[],
  [program]: readonly [string, ...string[]],
): readonly ConfiguredPath[] {
  return program.includes("/") ? [{ key, path: program, as: "obeyed" }] : [];
}
