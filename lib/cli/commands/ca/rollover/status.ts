/** `certswap ca rollover status`: shows how far the replacement of a CA is. */
import { nextStepOf, type RolloverStatus, rolloverStatus } from "../../../../ca/rollover/mod.ts";
import { isNextIssuing } from "../../../../ca/succession/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  type DataDirectoryFlags,
} from "../../../declaration/mod.ts";
import { repeatFlags } from "../../../given_flags.ts";
import type { Json, Outcome } from "../../../print/mod.ts";
import { counted, rows, someOf, visible } from "../../../text.ts";
import type { World } from "../../../world.ts";

/** The flags of `certswap ca rollover status`. */
export interface StatusFlags extends DataDirectoryFlags, CommonFlags {}

/** `certswap ca rollover status`. */
export default async function statusCommand(world: World, flags: StatusFlags): Promise<Outcome> {
  const status = await rolloverStatus(world.system, {
    dataDirectory: dataDirectory(world, flags),
  });
  if (status === undefined) {
    return {
      json: { phase: null },
      lines: [
        "No rollover.",
        repeatFlags("To start one: certswap ca rollover start --next DIR", flags),
      ],
    };
  }
  return { json: toJson(status), lines: toLines(status), warnings: status.warnings };
}

function toJson(status: RolloverStatus): { readonly [name: string]: Json } {
  const { record: { phase, started, since }, old, next, leaves, fetched } = status;
  const { devices, remaining, remainingDevices, listed, other } = leaves;
  return {
    phase,
    started,
    since,
    old: { dataDirectory: old.dataDirectory, ...caToJson(old, leaves) },
    next: { dataDirectory: next.dataDirectory, ...caToJson(next, other) },
    devices: { withOld: devices, moved: devices - remainingDevices, fetched: fetched.devices },
    remaining: listed.map(({ record: { serial, subject }, details }) => ({
      serial,
      subject,
      names: details?.names ?? [],
    })),
    remainingCount: remaining,
    nextStep: stepOf(status)?.command ?? null,
  };
}

function caToJson(
  { subject }: RolloverStatus["old"],
  { active, lastEnd }: RolloverStatus["leaves"]["other"],
): { readonly [name: string]: Json } {
  return { subject, active, lastExpires: lastEnd ?? null };
}

function toLines(status: RolloverStatus): string[] {
  const { record: { phase, started, since }, old, next, leaves, fetched } = status;
  const { active, devices, remaining, remainingDevices, listed, lastEnd, other } = leaves;
  const names = listed.map(({ record: { subject, serial }, details }) =>
    visible(subject === "" ? details?.names?.[0] ?? serial : subject)
  );
  const step = stepOf(status);
  return [
    `Rollover: ${phase}, since ${since}`,
    ...rows([
      ["Old CA", `${visible(old.subject)} (${visible(old.dataDirectory)})`],
      ["Next CA", `${visible(next.subject)} (${visible(next.dataDirectory)})`],
      ["Started", started],
      ["Issuing", isNextIssuing({ phase }) ? "the next CA" : "the old CA"],
      ["Certificates", `${active} active of the old CA, ${other.active} of the next`],
      ["Moved", `${devices - remainingDevices} of ${counted(devices, "device")}`],
      [
        "Fetched",
        `${counted(fetched.devices, "device")}${
          fetched.isComplete ? "" : " or more"
        }, since the start`,
      ],
      ...(remaining === 0 || phase === "cancelled" ? [] : [
        [
          "Remaining",
          `${counted(remaining, "certificate")} of ${counted(remainingDevices, "device")}: ` +
          someOf(names, remaining),
        ] as const,
      ]),
      ...(lastEnd === undefined || phase === "cancelled" ? [] : [
        ["Old CA's CRL", `needed until ${lastEnd}, when its last certificate expires`] as const,
      ]),
    ]),
    ...(step === undefined ? [] : [`Next: ${step.command}${step.when}`]),
    ...(step?.undo === undefined ? [] : [`To undo: ${step.undo}`]),
  ];
}

interface NextStep {
  readonly command: string;
  /** When to run it. */
  readonly when: string;
  readonly undo: string | undefined;
}

function stepOf({ record: { phase }, old, leaves }: RolloverStatus): NextStep | undefined {
  const next = nextStepOf(phase);
  if (next === undefined) return undefined;
  const command = (words: string): string =>
    repeatFlags(`certswap ca rollover ${words}`, { dataDir: old.dataDirectory });
  if (next.awaits === undefined) {
    return { command: command("start --next DIR"), when: ", to start again", undo: undefined };
  }
  return {
    command: command(next.step),
    when: next.awaits === "fetched"
      ? ", when devices have fetched the certificates of both CAs"
      : leaves.remaining === 0
      ? ""
      : ", when the remaining devices have renewed",
    undo: next.undo && command(next.undo),
  };
}
