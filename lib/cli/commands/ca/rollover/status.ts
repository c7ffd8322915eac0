/** `certswap ca rollover status`: shows how far the replacement of a CA is. */
import { type RolloverStatus, rolloverStatus } from "../../../../ca/rollover/mod.ts";
import { isNextIssuing } from "../../../../ca/succession/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  type DataDirectoryFlags,
} from "../../../declaration/mod.ts";
import type { Json, Outcome } from "../../../print/mod.ts";
import { counted, rows, someOf, visible } from "../../../text.ts";
import type { World } from "../../../world.ts";

/** The flags of `certswap ca rollover status`. */
export interface StatusFlags extends DataDirectoryFlags, CommonFlags {}

/** The most certificates that are named. */
const mostNamed = 20;

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
        "To start one: certswap ca rollover start --next DIR",
      ],
    };
  }
  return { json: toJson(status), lines: toLines(status) };
}

function toJson(status: RolloverStatus): { readonly [name: string]: Json } {
  const { record: { phase, started, since }, old, next, remaining, fetched } = status;
  return {
    phase,
    started,
    since,
    old: { dataDirectory: old.dataDirectory, ...caToJson(old) },
    next: { dataDirectory: next.dataDirectory, ...caToJson(next) },
    devices: {
      withOld: old.leaves.devices,
      moved: old.leaves.devices - old.leaves.remainingDevices,
      fetched: fetched.devices,
    },
    remaining: remaining.slice(0, mostNamed).map(({ record: { serial, subject }, details }) => ({
      serial,
      subject,
      names: details?.names ?? [],
    })),
    remainingCount: remaining.length,
    nextStep: stepOf(status)?.command ?? null,
  };
}

function caToJson({ subject, leaves }: RolloverStatus["old"]): {
  readonly [name: string]: Json;
} {
  return { subject, active: leaves.active, lastExpires: leaves.lastEnd ?? null };
}

function toLines(status: RolloverStatus): string[] {
  const { record: { phase, started, since }, old, next, remaining, fetched } = status;
  const { devices, remainingDevices, lastEnd } = old.leaves;
  const names = remaining.map(({ record: { subject, serial }, details }) =>
    visible(subject === "" ? details?.names?.[0] ?? serial : subject)
  );
  const step = stepOf(status);
  return [
    `Rollover: phase ${phase}, since ${since}`,
    ...rows([
      ["Old CA", `${visible(old.subject)} (${visible(old.dataDirectory)})`],
      ["Next CA", `${visible(next.subject)} (${visible(next.dataDirectory)})`],
      ["Started", started],
      ["Issuing", isNextIssuing({ phase }) ? "the next CA" : "the old CA"],
      [
        "Certificates",
        `${old.leaves.active} active of the old CA, ${next.leaves.active} of the next`,
      ],
      ["Moved", `${devices - remainingDevices} of ${counted(devices, "device")}`],
      [
        "Fetched",
        `${counted(fetched.devices, "device")}${
          fetched.isComplete ? "" : " or more"
        }, since the start`,
      ],
      ...(remaining.length === 0 || phase === "cancelled"
        ? []
        : [["Remaining", someOf(names)] as const]),
      ...(lastEnd === undefined || phase === "cancelled"
        ? []
        : [["CRL needed", `of the old CA until ${lastEnd}`] as const]),
    ]),
    ...(step === undefined ? [] : [`Next: ${step.command}${step.when}`]),
    ...(step?.undo === undefined ? [] : [`To undo: ${step.undo}`]),
  ];
}

interface NextStep {
  readonly command: string;
  /** When to run it. */
  readonly when: string;
  readonly undo?: string;
}

function stepOf({ record: { phase }, old, remaining }: RolloverStatus): NextStep | undefined {
  const command = (words: string): string =>
    `certswap ca rollover ${words} --data-dir ${visible(old.dataDirectory)}`;
  switch (phase) {
    case "started":
      return {
        command: command("switch"),
        when: ", when devices have fetched the certificates of both CAs",
        undo: command("cancel"),
      };
    case "switched":
      return {
        command: command("finish"),
        when: remaining.length === 0 ? "" : ", when the remaining devices have renewed",
        undo: command("switch --back"),
      };
    case "cancelled":
      return { command: command("start --next DIR"), when: ", to start again" };
    case "finished":
      return undefined;
  }
}
