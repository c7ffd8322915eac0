/** `certswap ca check`: prints findings and repairs, as text and as JSON. */
import { check, repair } from "../../../ca/check/mod.ts";
import { type Finding, isMendable, isProblem } from "../../../ca/store/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  passphraseOf,
  requireStreamsOnce,
} from "../../declaration/mod.ts";
import { UsageError } from "../../errors.ts";
import { repeatFlags } from "../../given_flags.ts";
import { exitCode } from "../../exit_code.ts";
import { caRenewalHints, describeFinding } from "../../messages/mod.ts";
import {
  didRecover,
  type Json,
  type Outcome,
  outlookToJson,
  type Progress,
  recoveryToJson,
  showProgress,
  wouldRecover,
} from "../../print/mod.ts";
import { present } from "../../../system/mod.ts";
import { counted, visible } from "../../text.ts";
import type { World } from "../../world.ts";
import { signingCa, type SigningFlags } from "./ca_options.ts";

/** The flags of `certswap ca check`. */
export interface CheckFlags extends SigningFlags, CommonFlags {
  readonly repair: boolean;
  readonly since?: readonly string[];
  readonly highestSerial?: bigint;
  readonly crl?: string;
}

/** `certswap ca check`. */
export default async function checkCommand(
  world: World,
  flags: CheckFlags,
  ...others: readonly string[]
): Promise<Outcome> {
  if (others.length > 0 && flags.since === undefined) {
    throw new UsageError(
      [`unexpected argument '${others[0]}'`],
      "To compare with certificates, name them after --since.",
    );
  }
  const since = [...flags.since ?? [], ...others];
  requireStreamsOnce([...since, flags.crl]);
  let progress: Progress | undefined;
  const onProgress = (done: number, total: number): void => {
    progress ??= showProgress(world, { total, label: `Checking ${total} certificates` });
    progress.update(done);
  };
  try {
    return await (flags.repair ? repairAndReport : checkAndReport)(
      world,
      { ...flags, since },
      onProgress,
    );
  } finally {
    progress?.clear();
  }
}

type OnProgress = (done: number, total: number) => void;

/** What was seen in the field. */
function fieldOf(
  { since, highestSerial, crl }: CheckFlags,
): Pick<CheckFlags, "since" | "highestSerial" | "crl"> {
  return present({ since, highestSerial, crl });
}

async function checkAndReport(
  world: World,
  flags: CheckFlags,
  onProgress: OnProgress,
): Promise<Outcome> {
  const options = {
    ...fieldOf(flags),
    dataDirectory: dataDirectory(world, flags),
    passphrase: passphraseOf(world, flags),
    onProgress,
  };
  const { findings, outlook } = await check(world.system, options);
  const problems = findings.filter(isProblem);
  return {
    exit: problems.length === 0 ? exitCode.done : exitCode.failed,
    json: {
      ok: problems.length === 0,
      findings: findings.map(toJson),
      recovery: outlookToJson(outlook),
    },
    notes: wouldRecover(outlook),
    lines: [
      ...verdict(findings),
      ...(problems.some(isMendable)
        ? ["Run 'certswap ca check --repair' to repair the problems marked as repairable."]
        : []),
      ...adviceFor(findings),
    ].map((line) => repeatFlags(line, flags)),
  };
}

async function repairAndReport(
  world: World,
  flags: CheckFlags,
  onProgress: OnProgress,
): Promise<Outcome> {
  const { dataDirectory, lockTimeout, passphrase } = await signingCa(world, flags);
  const options = { ...fieldOf(flags), dataDirectory, lockTimeout, passphrase, onProgress };
  const { mended, findings, recovery, warnings } = await repair(world.system, options);
  const isOk = !findings.some(isProblem);
  return {
    exit: isOk ? exitCode.done : exitCode.failed,
    json: {
      ok: isOk,
      mended: mended.map(toJson),
      findings: findings.map(toJson),
      recovery: recoveryToJson(recovery),
    },
    notes: didRecover(recovery),
    lines: [
      ...mended.map((problem) => `Repaired this problem: ${visible(describeFinding(problem))}`),
      ...verdict(findings),
      ...adviceFor(findings),
    ].map((line) => repeatFlags(line, flags)),
    warnings,
  };
}

function verdict(findings: readonly Finding[]): string[] {
  const problems = findings.filter(isProblem);
  return [
    `CA check: ${problems.length === 0 ? "OK" : `FAILED (${counted(problems.length, "problem")})`}`,
    ...problems.map((problem) => {
      const mendable = isMendable(problem) ? " (repairable)" : "";
      return `  Problem: ${visible(describeFinding(problem))}${mendable}`;
    }),
    ...findings.filter((finding) => !isProblem(finding))
      .map((note) => `  Note: ${visible(describeFinding(note))}`),
  ];
}

/** Advice about problems that `--repair` cannot solve. */
function adviceFor(findings: readonly Finding[]): string[] {
  const end = findings.find((finding) =>
    finding.code === "root-expired" || finding.code === "root-expires"
  );
  const needsChain = findings.some(({ code }) => chainCodes.has(code));
  const isGone = findings.some(({ code }) => code === "missing-file");
  return [
    ...(end === undefined ? [] : [caRenewalHints[end.place]]),
    ...(needsChain
      ? [
        "Install the current chain: 'certswap ca activate ca.crt --chain FILE'. FILE is the output of " +
        "'certswap ca certificates --data-dir DIR' for the issuing CA.",
      ]
      : []),
    ...(isGone ? ["Restore the missing certificates from a backup of the data directory."] : []),
    ...adviceOnRevocations(findings),
    ...adviceOnRestored(findings),
  ];
}

const chainCodes: ReadonlySet<string> = new Set(
  [
    "no-chain",
    "bad-chain",
    "chain-expired",
    "chain-expires",
  ] satisfies Finding["code"][],
);

/** Advice about certificates that may have been revoked, and therefore must not be added as active. */
function adviceOnRevocations(findings: readonly Finding[]): string[] {
  const isUnknown = findings.some((finding) =>
    finding.code === "missing-entry" && !finding.isMendable
  );
  return isUnknown
    ? [
      "Restore ca.crl or index.json from a backup, then run 'certswap ca check --repair'. " +
      "Without a backup: move ca.crl away, run 'certswap ca crl' and 'certswap ca check --repair', " +
      "then revoke every revoked certificate again.",
    ]
    : [];
}

/** Advice about certificates that were issued after a backup that was restored. */
function adviceOnRestored(findings: readonly Finding[]): string[] {
  const twice = findings.find((finding) => finding.code === "serial-used-twice");
  const isLost = findings.some(({ code }) => code === "unknown-serials");
  return [
    ...(twice === undefined ? [] : [
      `Revoke ${twice.serial} and issue both certificates again: a revocation applies to both.`,
    ]),
    ...(isLost
      ? [
        "Collect these certificates from the devices, and give them with --since and --repair. If you " +
        "cannot, issue new ones, and keep in mind that the lost ones stay valid until they expire.",
      ]
      : []),
  ];
}

function toJson(finding: Finding): Json {
  return {
    code: finding.code,
    kind: isProblem(finding) ? "problem" : "note",
    message: visible(describeFinding(finding)),
    file: "name" in finding ? finding.name : undefined,
    serial: "serial" in finding ? finding.serial : undefined,
    mendable: isProblem(finding) || isMendable(finding) ? isMendable(finding) : undefined,
  };
}
