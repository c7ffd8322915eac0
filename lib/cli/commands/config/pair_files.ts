/** The files of a configured pair, with their owners and outputs, as text and as JSON. */
import type { PairConfiguration } from "../../../device/configuration/mod.ts";
import type { OutputSpec, WantedRights } from "../../../device/pair/outputs/mod.ts";
import { homeRows, type Json } from "../../print/mod.ts";
import { modeText } from "../../text.ts";

/** The rows of a pair's files, and of what is configured for them. */
export function fileRows({ paths, layout }: PairConfiguration): (readonly [string, string])[] {
  const { rights, outputs = [] } = paths;
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
  ];
}

/** `/etc/a.p12: key, chain (pkcs12, legacy), owner root, mode 0640`. */
function outputText({ path, contains, format, profile, rights }: OutputSpec): string {
  const { owner, group, mode } = rights;
  return [
    `${path}: ${contains.join(", ")} (${format === "pkcs12" ? `${format}, ${profile}` : format})`,
    ...(owner === undefined ? [] : [`owner ${owner.name}`]),
    ...(group === undefined ? [] : [`group ${group.name}`]),
    ...(mode === undefined ? [] : [`mode ${modeText(mode)}`]),
  ].join(", ");
}

/** Fields of an object in JSON. */
type Fields = Readonly<Record<string, Json | undefined>>;

/** The same, by the names of the configuration. */
export function filesToJson({ paths, layout }: PairConfiguration): Fields {
  const { certificate, key, combined, shape = "files", rights, outputs = [] } = paths;
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
