/** The log of a server: one line of JSON on standard error for each event. */
import type { OnServerEvent, ServerEvent } from "../../../../server/mod.ts";
import { formatTime, GatheredOutput } from "../../../../system/mod.ts";
import type { Message } from "../../../messages/mod.ts";
import type { GivenFlags } from "../../../given_flags.ts";
import { type Json, withFlags } from "../../../print/mod.ts";
import { visibleJson } from "../../../text.ts";
import type { World } from "../../../world.ts";

/** The log of a server. */
export interface ServerLog {
  readonly onEvent: OnServerEvent;
  /** Writes what was not written yet. */
  end(): void;
}

/**
 * The log. Loads the messages first: events are logged as they happen. Lines about requests, of which there
 * may be thousands in a second, are written together every few milliseconds; others immediately.
 *
 * @param given the flags of the line.
 */
export async function serverLog(
  { system, stderr }: World,
  given: GivenFlags,
): Promise<ServerLog> {
  const messages = await import("../../../messages/mod.ts");
  const describe = (error: unknown): Message => withFlags(messages.describe(error), given);
  const { clock } = system;
  const output = new GatheredOutput(stderr, clock);
  let time = { second: NaN, text: "" };
  const timeText = (): string => {
    const now = clock.now();
    const second = Math.floor(now.getTime() / 1000);
    if (second !== time.second) time = { second, text: formatTime(now) };
    return time.text;
  };
  return {
    onEvent(event) {
      const line = { time: timeText(), level: levelOf(event), ...fieldsOf(event, describe) };
      output.add(`${visibleJson(JSON.stringify(line))}\n`);
      if (event.event !== "request" && event.event !== "refused") output.flush();
    },
    end: () => output.end(),
  };
}

function levelOf(event: ServerEvent): "info" | "warning" | "error" {
  switch (event.event) {
    case "request":
      return event.status >= 500 ? "warning" : "info";
    case "refused":
    case "enrolment-refused":
    case "warning":
      return "warning";
    case "ca-unreadable":
    case "crl-failed":
    case "crl-late":
    case "cannot-check-login":
    case "cannot-sign":
    case "ocsp-responder-failed":
    case "reload-failed":
    case "cannot-enrol":
    case "server-certificate-failed":
    case "defect":
      return "error";
    default:
      return "info";
  }
}

function fieldsOf(
  event: ServerEvent,
  describe: (error: unknown) => Message,
): { readonly [name: string]: Json | undefined } {
  switch (event.event) {
    case "ca-unreadable":
    case "crl-failed":
    case "cannot-check-login":
    case "cannot-sign":
    case "ocsp-responder-failed":
    case "reload-failed":
    case "server-certificate-failed":
    case "defect":
      return { event: event.event, ...errorFields(describe(event.error)) };
    case "cannot-enrol":
    case "enrolment-refused": {
      const { error, ...fields } = event;
      return { ...fields, ...errorFields(describe(error)) };
    }
    case "warning":
      return { event: event.event, ...errorFields(describe(event.warning)) };
    default:
      return { ...event };
  }
}

function errorFields({ code, message, details, hint }: Message): {
  readonly [name: string]: Json | undefined;
} {
  return { code, message, details, hint };
}
