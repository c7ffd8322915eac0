/** Checks that everything a configuration names exists: directories, users, passwords, the CA, programs. */
import {
  attempt,
  CertswapError,
  directoryOf,
  type FileSystem,
  FileSystemError,
  programPlaces,
  readSecretFile,
  requireProgram,
  requireTrustedPlaces,
  statIfPresent,
  type System,
  untrustedPlaces,
  WrongFileKindError,
} from "../../system/mod.ts";
import { requireId } from "../accounts/mod.ts";
import { CertificateExpiredError, MountRequiredError } from "../errors.ts";
import { type IssuerConfiguration, issuerKindOf, type IssuerRequirement } from "../issuer/mod.ts";
import { requireReplaceableFile } from "../change/mod.ts";
import {
  loadAnchors,
  loadPair,
  type PairPaths,
  resolveFile,
  resolveHalf,
  resolvePair,
} from "../pair/mod.ts";
import {
  OutputPasswordError,
  type OutputSpec,
  recordedOutputs,
  type WantedRights,
} from "../pair/outputs/mod.ts";
import { unmountedDirectories } from "../pair/last_known/mod.ts";
import { requireUnmanaged } from "../pair/unrelated/mod.ts";
import type { ProbeConfiguration } from "../service/mod.ts";
import type { PairConfiguration } from "./configuration.ts";
import type { ConfigurationProblem } from "./errors.ts";
import type { KeyPath } from "../../toml/read/mod.ts";
import type { Written } from "./parse_file.ts";
import { type ConfiguredPath, hookKey, outputKey, placesOf, probeKey } from "./places.ts";
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
  const awaited = new Set(pairs.flatMap(({ value }) => awaitedAnchors(value)));
  const found = [
    ...(metrics === undefined ? [] : [attempts(metrics, [
      [[], () => requireDirectory(files, directoryOf(metrics.value))],
      [[], () => requireTrustedPlaces(system, [{ path: metrics.value, as: "file" }])],
    ])]),
    ...sharedHooks.map((hook) => {
      const [program] = hook.value.command;
      return attempts(hook, [
        [["command"], () => requireProgram(files, program)],
        [["command"], () => requireTrustedPlaces(system, programPlaces(program))],
      ]);
    }),
    ...pairs.map((pair) =>
      attempts(pair, [
        ...mountRequirements(pair.value, unmounted),
        ...requirements(system, pair.value, awaited),
        ...accountRequirements(pair.value),
        ...trustRequirements(system, pair.value),
      ])
    ),
  ];
  return (await Promise.all(found)).flat();
}

/** The key, and the check that throws if its path cannot be used. */
type Requirement = readonly [key: KeyPath, look: () => unknown];

function mountRequirements(
  { paths: { requiresMount = [] } }: PairConfiguration,
  unmounted: ReadonlySet<string>,
): Requirement[] {
  return requiresMount.map((directory) => [["requires_mount"], () => {
    if (unmounted.has(directory)) throw new MountRequiredError(directory);
  }]);
}

/** The files of trust anchors that a rotation of this pair writes: they may still be missing. */
function awaitedAnchors({ issuer, trustBundle }: PairConfiguration): readonly string[] {
  const isFetched = issuer?.kind === "est" && issuer.fingerprint !== undefined;
  return [
    ...(isFetched ? [issuer.trust] : []),
    ...(trustBundle === undefined ? [] : [trustBundle.path]),
  ];
}

/** Requires a file of trust anchors, unless a rotation is still to write it. */
function requireAnchors(files: FileSystem, path: string, awaited: ReadonlySet<string>): void {
  if (awaited.has(path) && statIfPresent(files, path) === undefined) return;
  loadAnchors(files, path);
}

function requirements(
  system: System,
  pair: PairConfiguration,
  awaited: ReadonlySet<string>,
): Requirement[] {
  const { files } = system;
  const { paths, trust, trustBundle: { source } = {}, issuer, hooks } = pair;
  return [
    ...homeRequirements(files, paths),
    ...(paths.outputs ?? []).flatMap((output, index) =>
      outputRequirements(system, output, { paths, key: outputKey(output, index) })
    ),
    ...(issuer === undefined ? [] : issuerKindOf(issuer).requirements(issuer)).map((
      requirement,
    ): Requirement => [["issuer", requirement.key], () => require(system, requirement)]),
    ...(trust === undefined || isDefaultOf(issuer, trust)
      ? []
      : [[["trust"], () => requireAnchors(files, trust, awaited)] as const]),
    ...(source === undefined
      ? []
      : [[["trust_bundle", "file"], () => requireAnchors(files, source, awaited)] as const]),
    // One that pairs share is looked at where it is defined.
    ...hooks.flatMap(({ name, command }, index): Requirement[] =>
      name === undefined ? [[hookKey(hooks, index), () => requireProgram(files, command[0])]] : []
    ),
    ...pair.probes.flatMap((probe, index) =>
      probeRequirements(files, probe, { key: probeKey(pair.probes, index), awaited })
    ),
  ];
}

function homeRequirements(files: FileSystem, paths: PairPaths): Requirement[] {
  const { certificate, key, combined, shape } = paths;
  if (shape === "flip") {
    return [[["certificate"], () => {
      const { active } = resolvePair(files, { certificate, key, shape });
      requireReplaceableFile(files, active.certificate, "certificate");
      requireReplaceableFile(files, active.key, "key");
    }]];
  }
  if (shape === "combined") {
    return [[
      ["certificate"],
      () => requireReplaceableFile(files, resolveFile(files, certificate), "combined"),
    ]];
  }
  const half = (role: "certificate" | "key"): Requirement => [
    [role],
    () => requireReplaceableFile(files, resolveHalf(files, paths[role]), role),
  ];
  return [
    half("certificate"),
    half("key"),
    ...(combined === undefined ? [] : [
      [
        ["combined"],
        () => requireReplaceableFile(files, resolveFile(files, combined), "combined"),
      ] as const,
    ]),
  ];
}

function outputRequirements(
  system: System,
  { path, format, passwordFile }: OutputSpec,
  { paths, key }: { readonly paths: PairPaths; readonly key: KeyPath },
): Requirement[] {
  const { files } = system;
  // The directory of a version is made anew by each change.
  const isInVersion = paths.shape === "flip" &&
    directoryOf(path) === directoryOf(paths.certificate);
  return [
    [[...key, "path"], async () => {
      if (isInVersion) return;
      const resolved = resolveFile(files, path);
      if (format !== "pem") return;
      // What certswap wrote there before may be replaced.
      const state = attempt(() => resolvePair(files, { ...paths, outputs: [] }).state);
      const recorded = state === undefined ? [] : await recordedOutputs(files, state);
      if (!recorded.includes(resolved)) requireReplaceableFile(files, resolved, "output");
    }],
    ...(passwordFile === undefined ? [] : [
      [
        [...key, "password_file"],
        async () => {
          const { readPasswordFile } = await import("../pkcs12/mod.ts");
          try {
            await readPasswordFile(system, passwordFile);
          } catch (cause) {
            // The key that is named may be the layout's directory: say whose password it is.
            if (!(cause instanceof FileSystemError)) throw cause;
            throw new OutputPasswordError(path, { cause });
          }
        },
      ] as const,
    ]),
  ];
}

/** Those that outputs have from their pair are reported there. */
function accountRequirements({ paths }: PairConfiguration): Requirement[] {
  const { certificate, rights, outputs = [] } = paths;
  const own = rights?.certificate ?? {};
  return [
    ...requiredAccounts(own, { path: certificate, key: [] }),
    ...outputs.flatMap(({ path, rights: { owner, group }, ...output }, index) =>
      requiredAccounts({
        ...(owner === undefined || owner.name === own.owner?.name ? {} : { owner }),
        ...(group === undefined || group.name === own.group?.name ? {} : { group }),
      }, { path, key: outputKey(output, index) })
    ),
  ];
}

function requiredAccounts(
  { owner, group }: WantedRights,
  { path, key }: { readonly path: string; readonly key: KeyPath },
): Requirement[] {
  return [
    ...(owner === undefined ? [] : [
      [
        [...key, "owner"],
        () => requireId(owner, { kind: "user", path }),
      ] as const,
    ]),
    ...(group === undefined ? [] : [
      [
        [...key, "group"],
        () => requireId(group, { kind: "group", path }),
      ] as const,
    ]),
  ];
}

function probeRequirements(
  files: FileSystem,
  probe: ProbeConfiguration,
  { key, awaited }: { readonly key: KeyPath; readonly awaited: ReadonlySet<string> },
): Requirement[] {
  switch (probe.kind) {
    case "command":
      return [[[...key, "command"], () => requireProgram(files, probe.command[0])]];
    case "client": {
      const { trust } = probe;
      return trust === undefined
        ? []
        : [[[...key, "trust"], () => requireAnchors(files, trust, awaited)]];
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

async function require(
  system: System,
  { is, path, keyPath = path }: IssuerRequirement,
): Promise<void> {
  const { files } = system;
  switch (is) {
    case "anchor-file":
      loadAnchors(files, path);
      return;
    case "program":
      requireProgram(files, path);
      return;
    case "passphrase-file":
      await readSecretFile(system, { path, kind: "passphrase" });
      return;
    case "pair": {
      const { leaf } = await loadPair(files, { certificate: path, key: keyPath });
      const now = system.clock.now();
      if (now > leaf.notAfter) throw new CertificateExpiredError(path, leaf.notAfter, now);
    }
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

async function attempts<T>(
  { place, key }: Written<T>,
  requirements: readonly Requirement[],
): Promise<ConfigurationProblem[]> {
  const problems: ConfigurationProblem[] = [];
  for (const [path, look] of requirements) {
    try {
      await look();
    } catch (cause) {
      if (!(cause instanceof CertswapError)) throw cause;
      const mistake = { kind: "unusable-path", key: key(...path), cause } as const;
      problems.push({ ...place(...path), mistake });
    }
  }
  return problems;
}
