/** `certswap config check`: checks the configuration and prints it as text or JSON. */
import {
  checkConfiguration,
  ConfiguredPairError,
  type PairConfiguration,
  type RenewBefore,
} from "../../../device/configuration/mod.ts";
import { spread } from "../../../device/mod.ts";
import { issuerKindOf } from "../../../device/issuer/mod.ts";
import { exposedKeysOf, loadAnchors, mountedFilesOf } from "../../../device/pair/mod.ts";
import {
  checkProbes,
  type ProbeConfiguration,
  type ProbeSight,
} from "../../../device/service/mod.ts";
import { metricsNameWarnings } from "../../../device/status/mod.ts";
import { CertswapError, formatDuration, statIfPresent } from "../../../system/mod.ts";
import { formatPurpose } from "../../../x509/mod.ts";
import { type CommonFlags, configurationPath } from "../../declaration/mod.ts";
import type { Json, Outcome } from "../../print/mod.ts";
import type { Message } from "../../messages/mod.ts";
import { counted, fields, lengthText, visible } from "../../text.ts";
import { readsPairs } from "../../tree/mod.ts";
import type { World } from "../../world.ts";
import { fileRows, filesToJson } from "./pair_files.ts";
import { undelivered } from "./undelivered.ts";

/** The flags of `certswap config check`. */
export interface CheckFlags extends CommonFlags {
  readonly config?: string;
  readonly probe: boolean;
}

/** `certswap config check`. */
export default async function check(world: World, flags: CheckFlags): Promise<Outcome> {
  const path = await configurationPath(world, flags.config);
  const { files, pairs, metrics } = await checkConfiguration(world.system, path);
  const mounts = await world.system.volumes.mounts();
  // No more programs are started from here on, except for probes. Nothing of a pair has been parsed yet.
  if (!flags.probe) world.permissions.keepOnly(readsPairs);
  const checked: CheckedPair[] = [];
  for (const pair of pairs) {
    checked.push({ pair, ...flags.probe ? await lookWithProbes(world, pair) : {} });
  }
  const failures = checked.flatMap(({ pair: { name }, sights = [], error }) =>
    [error, ...sights.map((sight) => sight.error)].flatMap((cause) =>
      cause === undefined ? [] : [new ConfiguredPairError(name, { cause })]
    )
  );
  // The texts are loaded only if there is an error to be told.
  const describe = failures.length === 0
    ? undefined
    : (await import("../../messages/mod.ts")).describe;
  const anchorFiles = new Set(pairs.flatMap(({ trust }) => trust ?? []));
  return {
    json: { files, metrics, pairs: checked.map(pairToJson) },
    warnings: [
      ...(metrics === undefined ? [] : metricsNameWarnings(metrics)),
      // An unreadable certificate in such a file is ignored, but a pair may need exactly that one.
      // One that is missing here is fetched at the first contact: others have been required already.
      ...[...anchorFiles].flatMap((file) =>
        statIfPresent(world.system.files, file) === undefined
          ? []
          : loadAnchors(world.system.files, file).warnings
      ),
      ...pairs.flatMap(({ paths }) => mountedFilesOf(world.system.files, paths, mounts)),
      ...pairs.flatMap(({ paths }) => exposedKeysOf(world.system.files, paths)),
      ...await undelivered(world.system, pairs, mounts),
    ],
    lines: [
      `No mistakes in ${files.map(visible).join(", ")}${failedText(failures.length)}.`,
      ...(metrics === undefined ? [] : [`Metrics: ${visible(metrics)}`]),
      ...checked.flatMap((one) => [`Pair ${one.pair.name}`, ...fields(pairRows(one, describe))]),
      ...(flags.probe && pairs.every(({ probes }) => probes.length === 0)
        ? ["No pair has a probe."]
        : []),
    ],
    ...(flags.probe ? { failures } : {}),
  };
}

/** A pair, and the results of its probes if they were run. */
interface CheckedPair {
  readonly pair: PairConfiguration;
  /** One for each probe. */
  readonly sights?: readonly ProbeSight[];
  /** Why they could not be run. */
  readonly error?: unknown;
}

async function lookWithProbes(
  { system }: World,
  pair: PairConfiguration,
): Promise<Pick<CheckedPair, "sights" | "error">> {
  try {
    return { sights: await checkProbes(system, pair) };
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    return { error };
  }
}

/** The configuration may be right although the service cannot be reached. */
function failedText(count: number): string {
  return count === 0 ? "" : `; ${counted(count, "probe")} failed`;
}

/** Makes a message of an error. */
type Describe = (error: unknown) => Pick<Message, "message">;

function pairRows(
  { pair, sights = [] }: CheckedPair,
  describe: Describe | undefined,
): (readonly [string, string])[] {
  const { paths, trust, identity, keepPrevious, services } = pair;
  const optional = (label: string, value: string | undefined): [string, string][] =>
    value === undefined ? [] : [[label, value]];
  return [
    ...fileRows(pair),
    ...optional("Mounts", paths.requiresMount?.join(", ")),
    ...optional("Trust", trust),
    ["Subject", identity.subject ?? "as in the active pair"],
    ["Names", identity.names?.join(", ") ?? "as in the active pair"],
    ...optional("Purposes", pair.purposes?.map(formatPurpose).join(", ")),
    ["Renewed", renewalText(pair)],
    ...optional("With", pair.issuer && keyText(pair)),
    ...optional("Previous", keepPrevious === 0 ? undefined : previousText(keepPrevious)),
    ...pair.hooks.map(({ name, command }, index): [string, string] => [
      numbered("Hook", index, pair.hooks),
      name === undefined ? command.join(" ") : `${name}: ${command.join(" ")}`,
    ]),
    ...pair.probes.map((probe, index): [string, string] => [
      numbered("Probe", index, pair.probes),
      probeText(probe) + sightText(probe, sights[index], describe),
    ]),
    ...optional("Services", services.length === 0 ? undefined : services.join(", ")),
  ];
}

/** `Hook 2`, as in messages; without a number if there is only one. */
function numbered(label: string, index: number, { length }: readonly unknown[]): string {
  return length === 1 ? label : `${label} ${index + 1}`;
}

function renewalText({ issuer, renewBefore }: PairConfiguration): string {
  if (issuer === undefined) return "not by certswap: no issuer is configured";
  return `by ${issuerKindOf(issuer).describe(issuer)}, when ${leftText(renewBefore)} left`;
}

/** What may be left when a pair is renewed: each device has its own time, so that a fleet is spread. */
function leftText(renewBefore: RenewBefore): string {
  const least = 1 - spread;
  return renewBefore.kind === "share"
    ? `between ${percent(renewBefore.share * least)} and ${
      percent(renewBefore.share)
    } of the lifetime is`
    : `between ${lengthText(renewBefore.milliseconds * least)} and ${
      lengthText(renewBefore.milliseconds)
    } are`;
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;

function keyText({ keyPolicy, keyAlgorithm }: PairConfiguration): string {
  return keyPolicy === "keep" ? "the same key" : `a new key (${keyAlgorithm})`;
}

function previousText(keepPrevious: number): string {
  return keepPrevious === Infinity ? "kept" : `kept for ${formatDuration(keepPrevious)}`;
}

function probeText(probe: ProbeConfiguration): string {
  if (probe.kind === "command") return probe.command.join(" ");
  const { host, port, serverName, startTls } = probe;
  const address = host.includes(":") ? `[${host}]` : host;
  return (probe.kind === "client" ? "as a client of " : "") + `${address}:${port}` +
    (serverName === undefined ? "" : ` (server name ${serverName})`) +
    (startTls === undefined ? "" : `, starttls ${startTls}`);
}

function sightText(
  { kind }: ProbeConfiguration,
  sight: ProbeSight | undefined,
  describe: Describe | undefined,
): string {
  if (sight === undefined) return "";
  const { saw, stage, certificate, error } = sight;
  if (saw === "nothing") {
    return `: ${describe && unreachedText(describe(error)) || stageTexts[stage]}`;
  }
  const which = certificate === undefined
    ? ""
    : `: ${certificate.subject}, serial ${certificate.serialNumber}`;
  return `: ${sawTexts[kind][saw]}${which}`;
}

/** Why a server could not be reached: `connection refused`. Its name is in the row already. */
function unreachedText({ message }: Pick<Message, "message">): string | undefined {
  const start = message.indexOf("cannot reach ");
  const end = start < 0 ? -1 : message.indexOf(": ", start);
  return end < 0 ? undefined : message.slice(end + ": ".length);
}

const sawTexts = {
  server: { expected: "serves the active certificate", another: "serves another certificate" },
  command: { expected: "the service uses the pair", another: "the service does not use the pair" },
  client: { expected: "accepts the active certificate", another: "does not accept it" },
} as const;

/** How far a probe got that could not tell. */
const stageTexts: Readonly<Record<ProbeSight["stage"], string>> = {
  nothing: "cannot tell",
  connected: "connected, but no TLS",
  handshake: "TLS, but no certificate",
  certificate: "cannot tell",
};

function sightToJson({ stage, saw, fingerprint, certificate }: ProbeSight): Json {
  return {
    stage,
    saw,
    fingerprint,
    subject: certificate?.subject,
    serial: certificate?.serialNumber,
  };
}

function pairToJson({ pair, sights }: CheckedPair): Json {
  const { keepPrevious, renewBefore, issuer, hooks, probes } = pair;
  return {
    name: pair.name,
    ...filesToJson(pair),
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
    hooks: hooks.map((hook) => ({ ...hook, timeLimit: formatDuration(hook.timeLimit) })),
    probes: probes.map((probe, index) => {
      const sight = sights?.[index];
      return {
        ...probe,
        deadline: formatDuration(probe.deadline),
        sight: sight && sightToJson(sight),
      };
    }),
    services: pair.services,
  };
}

/** `33%` or `30d`. */
export function renewBeforeText(renewBefore: RenewBefore): string {
  return renewBefore.kind === "share"
    ? percent(renewBefore.share)
    : formatDuration(renewBefore.milliseconds);
}
