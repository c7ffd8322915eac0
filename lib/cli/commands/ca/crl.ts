/** `certswap ca crl`: creates a CRL, publishes it, and reports both. */
import {
  type CrlReport,
  generateCrl,
  type Publication,
  publishCrl,
  refreshCrl,
} from "../../../ca/mod.ts";
import type { CrlSettings, PublishHook } from "../../../ca/settings/mod.ts";
import { type CommonFlags, neededFor } from "../../declaration/mod.ts";
import { CertswapError, formatTime, type System } from "../../../system/mod.ts";
import { exitCode, exitCodeFor } from "../../exit_code.ts";
import { rows, visible } from "../../text.ts";
import { didRecover, type Outcome, recoveryToJson } from "../../print/mod.ts";
import { signsWithCa } from "../../tree/mod.ts";
import type { World } from "../../world.ts";
import { signingCa, type SigningFlags } from "./ca_options.ts";
import { requireOutsideOfCas } from "./requested_output.ts";
import { type CrlMetrics, leaveCrlMetrics } from "./crl_metrics.ts";

/** The flags of `certswap ca crl`. */
export interface CrlFlags extends SigningFlags, CommonFlags {
  readonly ifDue: boolean;
  /** Hours. */
  readonly nextUpdate?: number;
  readonly metrics?: string;
  readonly quiet: boolean;
}

/** `certswap ca crl`. */
export default async function crlCommand(world: World, flags: CrlFlags): Promise<Outcome> {
  const { system, permissions } = world;
  const { settings: { crl: settings }, ...ca } = await signingCa(world, flags);
  const { dataDirectory } = ca;
  if (settings.publish === undefined) {
    permissions.keepOnly(await neededFor(world, signsWithCa, flags));
  }
  const terms = { ...flags, ...ca, settings };
  const work = (): Promise<Outcome> => issueAndPublish(world, terms);
  if (flags.metrics === undefined) return await work();
  requireOutsideOfCas(system.files, "--metrics", flags.metrics);
  return await measured(system, work, {
    dataDirectory,
    path: flags.metrics,
    hasHook: settings.publish !== undefined,
  });
}

/** Leaves the metrics of a run, also of one that fails. */
async function measured(
  system: System,
  work: () => Promise<Outcome>,
  metrics: Omit<CrlMetrics, "exit">,
): Promise<Outcome> {
  let outcome: Outcome;
  try {
    outcome = await work();
  } catch (error) {
    await leaveCrlMetrics(system, { ...metrics, exit: exitCodeFor(error) });
    throw error;
  }
  const exit = outcome.exit ?? exitCode.done;
  const warnings = await leaveCrlMetrics(system, { ...metrics, exit });
  return { ...outcome, warnings: [...outcome.warnings ?? [], ...warnings] };
}

interface CrlTerms extends Pick<CrlFlags, "quiet" | "ifDue" | "nextUpdate"> {
  readonly dataDirectory: string;
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly passphrase: Awaited<ReturnType<typeof signingCa>>["passphrase"];
  readonly settings: CrlSettings;
}

async function issueAndPublish(
  world: World,
  { quiet, ifDue, ...options }: CrlTerms,
): Promise<Outcome> {
  const { system } = world;
  const { made, recovery, warnings } = ifDue
    ? await refreshCrl(system, options)
    : await generateCrl(system, options).then((report) => ({ ...report, made: report }));
  const publication = await published(world, { ...options, hook: options.settings.publish });
  const isOwed = publication.is === "owed";
  const lines = [...linesFor(made), ...linesForPublication(publication)];
  return {
    ...(isOwed ? { exit: exitCode.owed, failures: [publication.error] } : {}),
    json: {
      created: made !== undefined,
      ...crlToJson(made),
      published: publication.is === "published" ? true : isOwed ? false : null,
      recovery: recoveryToJson(recovery),
    },
    notes: didRecover(recovery),
    lines: quiet ? [] : lines,
    ...(lines.length > 0 || isOwed ? {} : { idle: "Nothing to do: no CRL is due." }),
    warnings: [...warnings, ...publication.is === "published" ? publication.warnings : []],
  };
}

interface PublishTerms {
  readonly dataDirectory: string;
  readonly lockTimeout: number;
  readonly hook: PublishHook | undefined;
}

/** A CRL that was just made must be reported, also if this fails. */
async function published(
  { system }: World,
  { hook, ...options }: PublishTerms,
): Promise<Publication> {
  if (hook === undefined) return { is: "nothing-owed" };
  try {
    return await publishCrl(system, { ...options, hook });
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    return { is: "owed", error };
  }
}

function crlToJson(made: CrlReport | undefined): Outcome["json"] {
  if (made === undefined) return {};
  return {
    thisUpdate: formatTime(made.thisUpdate),
    nextUpdate: formatTime(made.nextUpdate),
    // A string: numbers of up to 20 bytes would lose digits as JSON numbers.
    number: made.number.toString(),
    revoked: made.revoked,
    crl: made.path,
    derCrl: made.derPath,
  };
}

function linesFor(made: CrlReport | undefined): string[] {
  if (made === undefined) return [];
  return [
    "CRL generated successfully.",
    ...rows([
      ["This Update", formatTime(made.thisUpdate)],
      ["Next Update", formatTime(made.nextUpdate)],
      ["CRL Number", made.number.toString()],
      ["Revoked certificates", made.revoked.toString()],
    ]),
    `  CRL: ${visible(made.path)}`,
  ];
}

function linesForPublication(publication: Publication): string[] {
  return publication.is === "published" ? [`CRL ${publication.number} published.`] : [];
}
