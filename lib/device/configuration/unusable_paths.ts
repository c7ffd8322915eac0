/** Checks that everything a configuration names exists: directories, trust anchors, the CA, programs. */
import {
  attempt,
  CertswapError,
  directoryOf,
  type FileSystem,
  requireTrustedPlaces,
  type System,
  untrustedPlaces,
  WrongFileKindError,
} from "../../system/mod.ts";
import { MountRequiredError } from "../errors.ts";
import { type IssuerConfiguration, issuerKindOf, type IssuerRequirement } from "../issuer/mod.ts";
import { requireReplaceableFile } from "../change/mod.ts";
import { loadAnchors, resolveFile, resolveHalf } from "../pair/mod.ts";
import { unmountedDirectories } from "../pair/last_known/mod.ts";
import { requireUnmanaged } from "../pair/unrelated/mod.ts";
import { type ProbeConfiguration, requireProgram } from "../service/mod.ts";
import type { PairConfiguration } from "./configuration.ts";
import type { ConfigurationProblem } from "./errors.ts";
import type { Written } from "./parse_file.ts";
import { type ConfiguredPath, hookKey, placesOf, probeKey, programPlaces } from "./places.ts";
import type { LoadedConfiguration } from "./read.ts";

/**
 * Checks every path that a configuration names, and finds those that cannot be used: missing, or exchangeable
 * by other users. Only reads.
 */
export async function unusablePaths(
  system: System,
  { pairs, sharedHooks, metrics }: LoadedConfiguration,
): Promise<ConfigurationProblem[]> {
  const { files } = system;
  const required = pairs.flatMap(({ value: { paths } }) => paths.requiresMount ?? []);
  const unmounted = new Set(await unmountedDirectories(system, required));
  return [
    ...(metrics === undefined ? [] : attempts(metrics, [
      [[], () => requireDirectory(files, directoryOf(metrics.value))],
      [[], () => requireTrustedPlaces(system, [{ path: metrics.value, as: "file" }])],
    ])),
    ...sharedHooks.flatMap((hook) => {
      const [program] = hook.value.command;
      return attempts(hook, [
        [["command"], () => requireProgram(files, program)],
        [["command"], () => requireTrustedPlaces(system, programPlaces(program))],
      ]);
    }),
    ...pairs.flatMap((pair) =>
      attempts(pair, [
        ...mountRequirements(pair.value, unmounted),
        ...requirements(files, pair.value),
        ...trustRequirements(system, pair.value),
      ])
    ),
  ];
}

/** The key, and the check that throws if its path cannot be used. */
type Requirement = readonly [key: readonly (string | number)[], look: () => unknown];

function mountRequirements(
  { paths: { requiresMount = [] } }: PairConfiguration,
  unmounted: ReadonlySet<string>,
): Requirement[] {
  return requiresMount.map((directory) => [["requires_mount"], () => {
    if (unmounted.has(directory)) throw new MountRequiredError(directory);
  }]);
}

function requirements(files: FileSystem, pair: PairConfiguration): Requirement[] {
  const { paths, trust, issuer, hooks } = pair;
  const resolvers = { certificate: resolveHalf, key: resolveHalf, combined: resolveFile };
  return [
    ...(["certificate", "key", "combined"] as const).flatMap((role): Requirement[] => {
      const path = paths[role];
      const resolve = resolvers[role];
      return path === undefined ? [] : [[
        [role],
        () => requireReplaceableFile(files, resolve(files, path), role),
      ]];
    }),
    ...(issuer === undefined ? [] : issuerKindOf(issuer).requirements(issuer)).map((
      requirement,
    ): Requirement => [["issuer", requirement.key], () => require(files, requirement)]),
    ...(trust === undefined || isDefaultOf(issuer, trust)
      ? []
      : [[["trust"], () => loadAnchors(files, trust)] as const]),
    // One that pairs share is looked at where it is defined.
    ...hooks.flatMap(({ name, command }, index): Requirement[] =>
      name === undefined ? [[hookKey(hooks, index), () => requireProgram(files, command[0])]] : []
    ),
    ...pair.probes.flatMap((probe, index) =>
      probeRequirements(files, probe, probeKey(pair.probes, index))
    ),
  ];
}

function probeRequirements(
  files: FileSystem,
  probe: ProbeConfiguration,
  key: readonly (string | number)[],
): Requirement[] {
  switch (probe.kind) {
    case "command":
      return [[[...key, "command"], () => requireProgram(files, probe.command[0])]];
    case "client": {
      const { trust } = probe;
      return trust === undefined ? [] : [[[...key, "trust"], () => loadAnchors(files, trust)]];
    }
    case "server": {
      const { identity } = probe;
      if (identity.kind !== "files") return [];
      return [
        [[...key, "identity", "cert"], () => requireFile(files, identity.certificate)],
        [[...key, "identity", "key"], () => requireFile(files, identity.key)],
      ];
    }
  }
}

/** Refuses the pair's own files in certbot's archive, and in the version of another pair. */
function requireOwnPlace(
  files: FileSystem,
  { paths: { certificate, shape } }: PairConfiguration,
  { key, path, as }: ConfiguredPath,
): void {
  const isOwn = as === "file" && key[0] !== "probe";
  const isInVersion = shape === "flip" && directoryOf(path) === directoryOf(certificate);
  const resolved = attempt(() => resolveFile(files, path));
  if (isOwn && !isInVersion && resolved !== undefined) requireUnmanaged(files, path, resolved);
}

/** Reports each place once, with the first key that leads there. */
function trustRequirements(system: System, pair: PairConfiguration): Requirement[] {
  const told = new Set<string>();
  const shared = pair.hooks.flatMap(({ name }, index) =>
    name === undefined ? [] : [hookKey(pair.hooks, index).join()]
  );
  const own = placesOf(pair).filter(({ key }) => !shared.includes(key.join()));
  return own.map((used) => [used.key, () => {
    requireOwnPlace(system.files, pair, used);
    const [found] = untrustedPlaces(system, [used]);
    if (found === undefined || told.has(found.place)) return;
    told.add(found.place);
    throw found;
  }]);
}

/** The issuer's own check covers its requirements: one report is enough. */
function isDefaultOf(issuer: IssuerConfiguration | undefined, trust: string): boolean {
  return issuer !== undefined && issuerKindOf(issuer).defaultTrust?.(issuer) === trust;
}

function require(files: FileSystem, { is, path }: IssuerRequirement): void {
  switch (is) {
    case "anchor-file":
      loadAnchors(files, path);
      return;
    case "program":
      requireProgram(files, path);
  }
}

function requireFile(files: FileSystem, path: string): void {
  const { kind } = files.stat(files.realPath(path));
  if (kind !== "file") throw new WrongFileKindError(path, "file", kind);
}

function requireDirectory(files: FileSystem, path: string): void {
  const { kind } = files.stat(files.realPath(path));
  if (kind !== "directory") throw new WrongFileKindError(path, "directory", kind);
}

function attempts<T>(
  { place, key }: Written<T>,
  requirements: readonly Requirement[],
): ConfigurationProblem[] {
  return requirements.flatMap(([path, look]) => {
    try {
      look();
      return [];
    } catch (cause) {
      if (!(cause instanceof CertswapError)) throw cause;
      return [{
        ...place(...path),
        mistake: { kind: "unusable-path", key: key(...path), cause } as const,
      }];
    }
  });
}
