import { type PairReport, type PairStatus, readStatus } from "../../device/mod.ts";
import { certificateRows, certificateToJson } from "../certificate_text.ts";
import type { CommonFlags } from "../command.ts";
import { exitCode } from "../exit_code.ts";
import { type PairFlags, pairPaths } from "../flags.ts";
import type { Json, Outcome } from "../output.ts";
import { outlookToJson, wouldRecover } from "../recovery_text.ts";
import { type Colour, fields, formatTime, type Paint, paintFor } from "../text.ts";
import type { World } from "../world.ts";

/** The flags of `certswap status`. */
export interface StatusFlags extends PairFlags, CommonFlags {}

/** `certswap status`. */
export default async function status(world: World, flags: StatusFlags): Promise<Outcome> {
  const found = await readStatus(world.system, pairPaths(flags));
  const { active, pending, previous, recovery, lastChange, warnings } = found;
  const isUsable = active.condition === "valid" || active.condition === "not-yet-valid";
  return {
    exit: isUsable ? exitCode.done : exitCode.failed,
    json: {
      time: formatTime(found.now),
      active: reportToJson(active),
      pending: reportToJson(pending),
      previous: reportToJson(previous),
      lastChange: lastChange && {
        at: formatTime(lastChange.at),
        by: lastChange.by,
        fingerprint: lastChange.fingerprint,
      },
      recovery: outlookToJson(recovery),
    },
    lines: statusLines(found, paintFor(world, world.stdout)),
    warnings: [...(active.defect === undefined ? [] : [active.defect]), ...warnings],
  };
}

function statusLines(status: PairStatus, paint: Paint): string[] {
  const { active, pending, previous, lastChange, recovery } = status;
  return [
    `Active pair: ${conditionText(active, paint)}`,
    ...fields([
      ["Certificate", active.files.certificate],
      ["Key", active.files.key],
      ...(active.certificate === undefined ? [] : [
        ...certificateRows(active.certificate),
        ["Life", lifeText(active.certificate)] as const,
      ]),
      ...(lastChange === undefined
        ? []
        : [["Last change", `${lastChange.by} at ${formatTime(lastChange.at)}`] as const]),
    ]),
    ...otherLines("Pending pair", pending, paint),
    ...otherLines("Previous pair", previous, paint),
    ...wouldRecover(recovery),
  ];
}

function otherLines(title: string, report: PairReport, paint: Paint): string[] {
  const { certificate } = report;
  return [
    `${title}: ${report.condition === "missing" ? "none" : conditionText(report, paint)}`,
    ...(certificate === undefined
      ? []
      : fields(certificateRows(certificate).filter(([label]) => shortRows.includes(label)))),
  ];
}

const shortRows = ["Subject", "Names", "Serial", "Not After"];

function conditionText({ condition }: PairReport, paint: Paint): string {
  const { text, colour } = conditions[condition];
  return paint(text, colour);
}

const conditions: Readonly<Record<PairReport["condition"], { text: string; colour: Colour }>> = {
  "valid": { text: "valid", colour: "green" },
  "expired": { text: "EXPIRED", colour: "red" },
  "not-yet-valid": { text: "NOT YET VALID", colour: "yellow" },
  "missing": { text: "MISSING", colour: "red" },
  "broken": { text: "BROKEN", colour: "red" },
};

type CertificateInTime = NonNullable<PairReport["certificate"]>;

/** `[######--------------] 30 % gone, 255 days left`. */
function lifeText({ lifeGone, daysLeft }: CertificateInTime): string {
  const width = 20;
  const gone = Math.round(lifeGone * width);
  const bar = "#".repeat(gone) + "-".repeat(width - gone);
  const left = daysLeft < 0 ? "none left" : `${daysLeft} day${daysLeft === 1 ? "" : "s"} left`;
  return `[${bar}] ${Math.floor(lifeGone * 100)} % gone, ${left}`;
}

function reportToJson({ files, condition, certificate, defect }: PairReport): Json {
  return {
    condition,
    files: { certificate: files.certificate, key: files.key },
    certificate: certificate && {
      ...certificateToJson(certificate),
      daysLeft: certificate.daysLeft,
      lifeGone: Number(certificate.lifeGone.toFixed(4)),
    },
    defect: defect?.defect,
  };
}
