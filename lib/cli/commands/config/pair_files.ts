/** The files of a configured pair, with their owners and outputs, as text and as JSON. */
import type { PairConfiguration } from "../../../device/configuration/mod.ts";
import type { OutputSpec, WantedRights } from "../../../device/pair/outputs/mod.ts";
import { homeRows, type Json } from "../../print/mod.ts";
import { modeText } from "../../text.ts";

/** The rows of a pair's files, and of what is configured for them. */
export function fileRows(
  { paths, layout, trustBundle }: PairConfiguration,
): (readonly [string, string])[] {
  const { rights } = paths;
  const { outputs, bundle } = outputsOf(paths);
  const { owner, group, mode } = rights?.certificate ?? {};
  const keyMode = rights?.key.mode;
  const optional = (label: string, value: string | undefined): [string, string][] =>
    value === undefined ? [] : [[label, value]];
  return [
    ...optional("Layout", layout),
    ...homeRows(paths),
    ...optional("Owner", owner?.name),
    ...optional("Group", group?.name),
    ...optional("Mode", mode === undefined ? undefined : modeText(mode)),
    ...optional("Key mode", keyMode === undefined ? undefined : modeText(keyMode)),
    ...outputs.map((output, index): [string, string] => [
      outputs.length === 1 ? "Output" : `Output ${index + 1}`,
      outputText(output),
    ]),
    ...optional("Trust bundle", bundle && trustBundle && bundleText(bundle, trustBundle)),
  ];
}

/** The outputs of a pair, and its trust bundle, which has a table of its own. */
function outputsOf({ outputs = [] }: PairConfiguration["paths"]): {
  readonly outputs: readonly OutputSpec[];
  readonly bundle: OutputSpec | undefined;
} {
  return {
    outputs: outputs.filter(({ isBundle }) => !isBundle),
    bundle: outputs.find(({ isBundle }) => isBundle),
  };
}

/** `/etc/roots.pem: from the EST server, owner root`. */
function bundleText(
  { path, rights }: OutputSpec,
  { source }: NonNullable<PairConfiguration["trustBundle"]>,
): string {
  return [`${path}: from ${source ?? "the EST server"}`, ...rightsText(rights)].join(", ");
}

/** `/etc/a.p12: key, chain (pkcs12, legacy), owner root, mode 0640`. */
function outputText({ path, contains, format, profile, rights }: OutputSpec): string {
  return [
    `${path}: ${contains.join(", ")} (${format === "pkcs12" ? `${format}, ${profile}` : format})`,
    ...rightsText(rights),
  ].join(", ");
}

function rightsText({ owner, group, mode }: WantedRights): readonly string[] {
  return [
    ...(owner === undefined ? [] : [`owner ${owner.name}`]),
    ...(group === undefined ? [] : [`group ${group.name}`]),
    ...(mode === undefined ? [] : [`mode ${modeText(mode)}`]),
  ];
}

/** Fields of an object in JSON. */
type Fields = Readonly<Record<string, Json | undefined>>;

/** The same, by the names of the configuration. */
export function filesToJson({ paths, layout, trustBundle }: PairConfiguration): Fields {
  const { certificate, key, combined, shape = "files", rights } = paths;
  const { outputs, bundle } = outputsOf(paths);
  return {
    layout,
    shape,
    certificate,
    key,
    combined,
    ...rightsToJson(rights?.certificate ?? {}),
    keyMode: rights?.key.mode === undefined ? undefined : modeText(rights.key.mode),
    outputs: outputs.map((output) => ({
      path: output.path,
      contains: output.contains,
      format: output.format,
      ...rightsToJson(output.rights),
      ...(output.format === "pkcs12"
        ? {
          passwordFile: output.passwordFile,
          friendlyName: output.friendlyName,
          profile: output.profile,
        }
        : {}),
    })),
    trustBundle: bundle && {
      path: bundle.path,
      source: trustBundle?.source === undefined ? "est" : "file",
      file: trustBundle?.source,
      ...rightsToJson(bundle.rights),
    },
  };
}

function rightsToJson(
  { owner, group, mode }: WantedRights,
): Fields {
  return {
    owner: owner?.name,
    group: group?.name,
    mode: mode === undefined ? undefined : modeText(mode),
  };
}
