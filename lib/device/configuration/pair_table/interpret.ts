/** What the table of a pair means. */
import { join, present } from "../../../system/mod.ts";
import type { Account } from "../../accounts/mod.ts";
import { issuerKindOf } from "../../issuer/mod.ts";
import type { PairPaths } from "../../pair/mod.ts";
import { isSecret, type OutputSpec, type WantedRights } from "../../pair/outputs/mod.ts";
import type { HookConfiguration } from "../../service/mod.ts";
import type { PairConfiguration, TrustBundleConfiguration } from "../configuration.ts";
import type { OutputTable, PairTable } from "../schema.ts";
import type { HookReference } from "../values/mod.ts";
import { type Layout, layoutNamed, type LayoutOutput, placeholder } from "./layouts.ts";

/** A pair whose shared hooks, possibly in other files, and whose accounts are still to be found. */
export interface ParsedPair extends Omit<PairConfiguration, "hooks"> {
  readonly hooks: readonly (HookConfiguration | HookReference)[];
}

/**
 * The meaning of a pair's table, with defaults filled in. The table has passed every check: it names the
 * pair's files in one way.
 */
export function interpretPair(name: string, table: PairTable): ParsedPair {
  const { issuer, hook, probe } = table;
  const trust = table.trust ?? (issuer && issuerKindOf(issuer).defaultTrust?.(issuer));
  return {
    name,
    paths: pathsOf({ name, table, trust, layout: layoutNamed(table.layout) }),
    ...present({ layout: table.layout }),
    trust,
    ...present({ trustBundle: trustBundleOf(table, trust) }),
    identity: { subject: table.subject, names: table.names },
    allowCa: table.allow_ca,
    purposes: table.purposes,
    keyAlgorithm: table.key_algorithm,
    keyPolicy: table.keep_key ? "keep" : "new",
    renewBefore: table.renew_before,
    keepPrevious: table.keep_previous,
    issuer,
    hooks: hook ?? [],
    probes: probe ?? [],
    services: table.services,
  };
}

/** The table of a pair, and what else its paths depend on. */
interface Settings {
  readonly name: string;
  readonly table: PairTable;
  readonly trust: string | undefined;
  readonly layout: Layout | undefined;
}

function pathsOf(settings: Settings): PairPaths {
  const { table, trust } = settings;
  const outputs = outputsOf(settings);
  const { keyMode, ...certificate } = rightsOf(settings);
  const key = withMode(certificate, keyMode);
  const isWanted = Object.keys({ ...certificate, ...key }).length > 0;
  const hasTrust = outputs.some(({ contains }) => contains.includes("trust"));
  return {
    ...homeOf(settings),
    ...present({
      outputs: outputs.length === 0 ? undefined : outputs,
      rights: isWanted ? { certificate, key } : undefined,
      trust: hasTrust ? trust : undefined,
      requiresMount: table.requires_mount.length === 0 ? undefined : table.requires_mount,
    }),
  };
}

function homeOf(
  { name, table, layout }: Settings,
): Pick<PairPaths, "certificate" | "key" | "combined" | "shape"> {
  const { dir, certificate, key, combined } = table;
  const isCombinedOnly = dir === undefined && certificate === undefined && key === undefined;
  if (combined !== undefined && isCombinedOnly) {
    return { certificate: combined, key: combined, shape: "combined" };
  }
  const inDirectory = (file: string): string => join(dir ?? "", withName(file, name));
  const { shape } = layout ?? {};
  return {
    certificate: certificate ?? inDirectory(layout?.certificate ?? "cert.pem"),
    key: key ?? inDirectory(layout?.key ?? "key.pem"),
    ...present({ combined, shape }),
  };
}

/** The rights of a pair's files, where `mode` is that of files without a key. */
interface Rights extends WantedRights {
  readonly keyMode?: number;
}

function rightsOf({ table, layout }: Settings): Rights {
  return present({
    owner: account(table.owner ?? layout?.owner),
    group: account(table.group ?? layout?.group),
    mode: table.mode ?? layout?.mode,
    keyMode: table.key_mode ?? layout?.keyMode,
  });
}

/** Its number is found when the whole configuration has been read. */
function account(name: string | undefined): Account | undefined {
  return name === undefined ? undefined : { name, id: undefined };
}

function withMode({ owner, group }: WantedRights, mode: number | undefined): WantedRights {
  return present({ owner, group, mode });
}

function trustBundleOf(
  { trust_bundle: bundle }: PairTable,
  trust: string | undefined,
): TrustBundleConfiguration | undefined {
  if (bundle === undefined || trust === undefined) return undefined;
  return { path: bundle.path, source: bundle.file, first: trust };
}

/** The trust bundle as an output: it is written, repaired and watched like the others. */
function bundleOutput(settings: Settings): readonly OutputSpec[] {
  const { table, trust } = settings;
  const { trust_bundle: bundle } = table;
  if (bundle === undefined || trust === undefined) return [];
  const { path, owner, group, mode } = bundle;
  const contains = ["trust"] as const;
  const own = present({ owner: account(owner), group: account(group), mode });
  const rights = { ...inherited({ contains }, settings), ...own };
  return [{ path, contains, format: "pem", rights, profile: "modern", isBundle: true }];
}

/** Those that are written out first, in their order, then those of the layout, and the trust bundle. */
function outputsOf(settings: Settings): OutputSpec[] {
  const { table, layout } = settings;
  return [
    ...(table.output ?? []).map((output) => outputOf(output, settings)),
    ...(layout?.outputs ?? []).flatMap((output) => layoutOutput(output, settings)),
    ...bundleOutput(settings),
  ];
}

function outputOf(output: OutputTable, settings: Settings): OutputSpec {
  const { owner, group, mode } = output;
  const own = present({ owner: account(owner), group: account(group), mode });
  return {
    path: output.path,
    contains: output.contains,
    format: output.format,
    rights: { ...inherited(output, settings), ...own },
    ...present({ passwordFile: output.password_file, friendlyName: output.friendly_name }),
    profile: output.profile,
  };
}

function layoutOutput(output: LayoutOutput, settings: Settings): readonly OutputSpec[] {
  const { name, table: { dir = "", password_file }, trust } = settings;
  const { file, contains, format = "pem", passwordFile, friendlyName } = output;
  const path = join(dir, file);
  // The file of trust anchors may be there already, under the name that the service reads.
  if (contains.includes("trust") && (trust === undefined || trust === path)) return [];
  return [{
    path,
    contains,
    format,
    rights: inherited(output, settings),
    ...present({
      passwordFile: passwordFile && (password_file ?? join(dir, passwordFile)),
      friendlyName: friendlyName && withName(friendlyName, name),
    }),
    profile: "modern",
  }];
}

function inherited(output: Pick<OutputSpec, "contains">, settings: Settings): WantedRights {
  const { keyMode, mode, ...accounts } = rightsOf(settings);
  return withMode(accounts, isSecret(output) ? keyMode : mode);
}

function withName(text: string, name: string): string {
  return text.replace(placeholder, () => name);
}
