/** `--log json`: a line of JSON on standard error for each event of a rotation. */
import type { Attention, RotationEvent } from "../../../device/rotation/mod.ts";
import type { CertificateSummary } from "../../../device/pair/mod.ts";
import type { Message } from "../../messages/mod.ts";
import { type GivenFlags, repeatFlags } from "../../given_flags.ts";
import { type Json, printNotes, withFlags } from "../output.ts";
import { attentionLine } from "./attention_text.ts";
import { attentionToJson, trustToJson, waitingForIssuer } from "./rotation_text.ts";
import { formatTime } from "../../../system/mod.ts";
import { visibleJson } from "../../text.ts";
import type { World } from "../../world.ts";

/** Receives the events and warnings of a rotation. */
export interface RotationLog {
  readonly onEvent: (event: RotationEvent) => void;
  /** Warnings about a pair, or about the whole run. */
  readonly warn: (pair: string | undefined, warnings: readonly unknown[]) => void;
  /** A pair is not healthy. */
  readonly attend: (pair: string, attention: Attention) => void;
}

/** No log: results are printed at the end. */
export const silent: RotationLog = { onEvent: () => {}, warn: () => {}, attend: () => {} };

/** For a terminal: prints what the command is waiting for. */
export function waitingLog(world: World): RotationLog {
  return {
    ...silent,
    onEvent({ event, pair }) {
      if (event === "issuer-pending") printNotes(world, [waitingForIssuer(pair)]);
    },
  };
}

/**
 * The log on standard error. Loads the messages first: events are logged as they happen.
 *
 * @param given the flags of the line.
 */
export async function jsonLog({ system, stderr }: World, given: GivenFlags): Promise<RotationLog> {
  const messages = await import("../../messages/mod.ts");
  const describe = (error: unknown): Message => withFlags(messages.describe(error), given);
  const write = (fields: { readonly [name: string]: Json | undefined }): void => {
    const line = { time: formatTime(system.clock.now()), ...fields };
    stderr.write(`${visibleJson(JSON.stringify(line))}\n`);
  };
  return {
    onEvent(event) {
      write({
        level: levelOf(event),
        event: event.event,
        pair: event.pair,
        ...details(event, describe),
      });
    },
    attend(pair, attention) {
      write({
        level: attention.urgency === "notice" ? "warning" : "error",
        event: "attention",
        pair,
        ...attentionToJson(attention),
        message: repeatFlags(attentionLine(pair, attention), given),
      });
    },
    warn(pair, warnings) {
      for (const warning of warnings) {
        write({ level: "warning", event: "warning", pair, ...errorFields(describe(warning)) });
      }
    },
  };
}

function levelOf({ event }: RotationEvent): "info" | "warning" | "error" {
  switch (event) {
    case "failed":
    case "hook-failed":
    case "probe-failed":
      return "error";
    case "restored":
    case "recovered":
    case "kept-pending":
    case "trust-changed":
      return "warning";
    default:
      return "info";
  }
}

function details(
  event: RotationEvent,
  describe: (error: unknown) => Message,
): { readonly [name: string]: Json | undefined } {
  switch (event.event) {
    case "recovered":
      return { outcome: event.outcome };
    case "due":
      return { reason: event.reason };
    case "asking-issuer":
      return { attempt: event.attempt };
    case "issuer-pending":
      return { nextAttempt: formatTime(event.nextAttempt) };
    case "kept-pending":
    case "restored":
      return certificateFields(event.certificate);
    case "swapped":
      return { ...certificateFields(event.certificate), replacedSerial: event.replaced?.serial };
    case "repaired":
      return { paths: event.paths };
    case "trust-changed":
      return trustToJson(event);
    case "hook-failed":
    case "probe-failed":
      return errorFields(describe(event.error));
    case "failed":
      return {
        ...errorFields(describe(event.error)),
        nextAttempt: event.nextAttempt && formatTime(event.nextAttempt),
      };
    default:
      return {};
  }
}

function certificateFields(
  { serial, fingerprint, notBefore, notAfter }: CertificateSummary,
): { readonly [name: string]: Json } {
  return {
    serial,
    fingerprint,
    notBefore: formatTime(notBefore),
    notAfter: formatTime(notAfter),
  };
}

function errorFields({ code, message, details, hint }: Message): {
  readonly [name: string]: Json | undefined;
} {
  return { code, message, details, hint };
}
