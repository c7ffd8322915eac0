/** Lists the paths in a pair's configuration, and what each is used for. */
import { programPlaces, type UsedPath } from "../../system/mod.ts";
import { type IssuerConfiguration, issuerKindOf } from "../issuer/mod.ts";
import type { PairPaths } from "../pair/mod.ts";
import type { OutputSpec } from "../pair/outputs/mod.ts";
import type { HookConfiguration, ProbeConfiguration } from "../service/mod.ts";
import type { PairConfiguration } from "./configuration.ts";

/** A path, and the key that names it. */
export interface ConfiguredPath extends UsedPath {
  /** Relative to the pair's table. */
  readonly key: readonly (string | number)[];
}

/** The part of a pair's configuration that contains paths. */
export type ConfiguredPlaces =
  & Pick<PairConfiguration, "paths" | "trust" | "trustBundle" | "issuer" | "hooks">
  & Pick<PairConfiguration, "probes">;

/** Everything that a pair's rotation reads, writes or runs, as far as the configuration names it. */
export function placesOf(pair: ConfiguredPlaces): readonly ConfiguredPath[] {
  const { paths, issuer, hooks } = pair;
  return [
    ...filesOf(paths),
    ...(issuer === undefined ? [] : issuerPlaces(issuer)),
    ...outputInputsOf(pair),
    ...hooks.flatMap((hook, index) => obeyed(hookKey(hooks, index), hook.command[0])),
    ...pair.probes.flatMap((probe, index) => probePlaces(probe, probeKey(pair.probes, index))),
  ];
}

/** The files that a change of a pair writes, each once. */
export function filesOf(
  { certificate, key, combined, shape, outputs = [] }: PairPaths,
): readonly ConfiguredPath[] {
  return [
    { key: ["certificate"], path: certificate, as: "file" },
    ...(shape === "combined" ? [] : [{ key: ["key"], path: key, as: "file" } as const]),
    ...(combined === undefined ? [] : [{ key: ["combined"], path: combined, as: "file" } as const]),
    ...outputs.map((output, index) =>
      ({ key: [...outputKey(output, index), "path"], path: output.path, as: "file" }) as const
    ),
  ];
}

/** The key of the table of an output, below the pair's table. */
export function outputKey(
  { isBundle }: Pick<OutputSpec, "isBundle">,
  index: number,
): readonly (string | number)[] {
  return isBundle ? ["trust_bundle"] : ["output", index];
}

/** The files that outputs are made from, besides the pair: trust anchors and passwords. */
export function outputInputsOf(
  { paths: { outputs = [] }, trust, trustBundle }: Pick<
    ConfiguredPlaces,
    "paths" | "trust" | "trustBundle"
  >,
): readonly ConfiguredPath[] {
  const { source } = trustBundle ?? {};
  return [
    ...(source === undefined ? [] : obeyed(["trust_bundle", "file"], source)),
    ...(trust === undefined ? [] : [{ key: ["trust"], path: trust, as: "obeyed" } as const]),
    ...outputs.flatMap(({ passwordFile }, index) =>
      passwordFile === undefined ? [] : obeyed(["output", index, "password_file"], passwordFile)
    ),
  ];
}

/** The key of one of a pair's probes, below the pair's table. */
export function probeKey(
  { length }: readonly ProbeConfiguration[],
  index: number,
): readonly (string | number)[] {
  return length === 1 ? ["probe"] : ["probe", index];
}

function probePlaces(
  probe: ProbeConfiguration,
  key: readonly (string | number)[],
): readonly ConfiguredPath[] {
  switch (probe.kind) {
    case "command":
      return obeyed([...key, "command"], probe.command[0]);
    case "client":
      return probe.trust === undefined ? [] : obeyed([...key, "trust"], probe.trust);
    case "server": {
      const { identity } = probe;
      if (identity.kind !== "files") return [];
      return [
        { key: [...key, "identity", "cert"], path: identity.certificate, as: "file" },
        { key: [...key, "identity", "key"], path: identity.key, as: "file" },
      ];
    }
  }
}

/** The key of a hook's command below the pair's table; that of its name, if the hook is a shared one. */
export function hookKey(
  hooks: readonly HookConfiguration[],
  index: number,
): readonly (string | number)[] {
  const below = hooks[index]?.name === undefined ? ["command"] : [];
  return hooks.length === 1 ? ["hook", ...below] : ["hook", index, ...below];
}

function issuerPlaces(issuer: IssuerConfiguration): readonly ConfiguredPath[] {
  const { requirements, writes } = issuerKindOf(issuer);
  return [
    ...requirements(issuer).flatMap(({ key, path }) => obeyed(["issuer", key], path)),
    ...writes(issuer).map((path) => ({ key: ["issuer"], path, as: "directory" } as const)),
  ];
}

function obeyed(key: readonly (string | number)[], path: string): readonly ConfiguredPath[] {
  return programPlaces(path).map((used) => ({ key, ...used }));
}
