/** `certswap config check`: what the configuration says, in words and as JSON. */
import {
  checkConfiguration,
  type PairConfiguration,
  type RenewBefore,
} from "../../../device/configuration/mod.ts";
import { formatDuration } from "../../../device/mod.ts";
import { issuerKindOf } from "../../../device/issuer/mod.ts";
import { mountedFilesOf } from "../../../device/pair/mod.ts";
import { formatPurpose } from "../../../x509/mod.ts";
import { type CommonFlags, configurationPath } from "../../declaration/mod.ts";
import type { Json, Outcome } from "../../print/mod.ts";
import { fields, visible } from "../../text.ts";
import type { World } from "../../world.ts";

/** The flags of `certswap config check`. */
export interface CheckFlags extends CommonFlags {
  readonly config?: string;
}

/** `certswap config check`. */
export default async function check(world: World, flags: CheckFlags): Promise<Outcome> {
  const path = await configurationPath(world, flags.config);
  const { files, pairs, metrics } = await checkConfiguration(world.system, path);
  return {
    json: { files, metrics, pairs: pairs.map(pairToJson) },
    warnings: pairs.flatMap(({ paths }) => mountedFilesOf(world.system.files, paths)),
    lines: [
      `No mistakes in ${files.map(visible).join(", ")}.`,
      ...(metrics === undefined ? [] : [`Metrics: ${visible(metrics)}`]),
      ...pairs.flatMap((pair) => [`Pair ${pair.name}`, ...fields(pairRows(pair))]),
    ],
  };
}

function pairRows(pair: PairConfiguration): [string, string][] {
  const { paths, trust, identity, keepPrevious, services } = pair;
  const optional = (label: string, value: string | undefined): [string, string][] =>
    value === undefined ? [] : [[label, value]];
  return [
    ["Certificate", paths.certificate],
    ["Key", paths.key],
    ...optional("Combined", paths.combined),
    ...optional("Mounts", paths.requiresMount?.join(", ")),
    ...optional("Trust", trust),
    ["Subject", identity.subject ?? "as in the active pair"],
    ["Names", identity.names?.join(", ") ?? "as in the active pair"],
    ...optional("Purposes", pair.purposes?.map(formatPurpose).join(", ")),
    ["Renewed", renewalText(pair)],
    ...optional("With", pair.issuer && keyText(pair)),
    ...optional("Previous", keepPrevious === 0 ? undefined : previousText(keepPrevious)),
    ...optional("Hook", pair.hook?.command.join(" ")),
    ...optional("Probe", pair.probe && probeText(pair.probe)),
    ...optional("Services", services.length === 0 ? undefined : services.join(", ")),
  ];
}

function renewalText({ issuer, renewBefore }: PairConfiguration): string {
  if (issuer === undefined) return "by someone else: no issuer is configured";
  return `by ${issuerKindOf(issuer).describe(issuer)}, when ${
    renewBeforeText(renewBefore)
  } is left`;
}

function keyText({ keyPolicy, keyAlgorithm }: PairConfiguration): string {
  return keyPolicy === "keep" ? "the same key" : `a new key (${keyAlgorithm})`;
}

function previousText(keepPrevious: number): string {
  return keepPrevious === Infinity ? "kept" : `kept for ${formatDuration(keepPrevious)}`;
}

function probeText({ host, port, serverName }: NonNullable<PairConfiguration["probe"]>): string {
  const address = host.includes(":") ? `[${host}]` : host;
  return `${address}:${port}${serverName === undefined ? "" : ` as ${serverName}`}`;
}

function pairToJson(pair: PairConfiguration): Json {
  const { keepPrevious, renewBefore, issuer, hook, probe } = pair;
  return {
    name: pair.name,
    certificate: pair.paths.certificate,
    key: pair.paths.key,
    combined: pair.paths.combined,
    requiresMount: pair.paths.requiresMount ?? [],
    trust: pair.trust,
    subject: pair.identity.subject,
    names: pair.identity.names,
    purposes: pair.purposes?.map(formatPurpose),
    keyAlgorithm: pair.keyAlgorithm,
    keepKey: pair.keyPolicy === "keep",
    renewBefore: renewBeforeText(renewBefore),
    keepPrevious: keepPrevious === Infinity
      ? true
      : keepPrevious !== 0 && formatDuration(keepPrevious),
    issuer: issuer && issuerKindOf(issuer).toJson(issuer),
    hook: hook && { command: hook.command, timeLimit: formatDuration(hook.timeLimit) },
    probe: probe && { ...probe, deadline: formatDuration(probe.deadline) },
    services: pair.services,
  };
}

/** `33%` or `30d`. */
export function renewBeforeText(renewBefore: RenewBefore): string {
  return renewBefore.kind === "share"
    ? `${Math.round(renewBefore.share * 100)}%`
    : formatDuration(renewBefore.milliseconds);
}
