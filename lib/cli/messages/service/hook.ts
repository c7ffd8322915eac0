/** The message for a hook that failed: which one, why, and what to do. */
import type { HookFailedError } from "../../../device/service/mod.ts";
import {
  formatDuration,
  type ProcessStartError,
  type ProgramFailure,
} from "../../../system/mod.ts";
import { commandText, type DescribeCause, quotedCommand, type Text } from "../message.ts";
import { startReason } from "../system.ts";

/** Functions that describe what caused the error. */
interface Texts {
  readonly describe: DescribeCause;
  readonly describeEnd: (failure: ProgramFailure) => string;
  readonly outputLines: (failure: ProgramFailure) => string[];
}

const again = "Every 'certswap rotate' runs the hook again until it succeeds.";

/** Describes which hook failed, why, and what to do. */
export function hookFailedText(error: HookFailedError, texts: Texts): Text {
  const { failure, cause, hook: { timeLimit } } = error;
  const which = hookText(error);
  if (failure === undefined) {
    const { hint } = texts.describe(cause);
    return {
      message: notRunText(which, cause, texts.describe),
      hint: hint === undefined ? again : `${hint} ${again}`,
    };
  }
  const isLate = failure.end.kind === "time-limit";
  return {
    message: isLate
      ? `${which} did not finish within its time limit of ${
        formatDuration(timeLimit)
      } and was killed`
      : `${which} ${texts.describeEnd(failure)}`,
    details: texts.outputLines(failure),
    hint: isLate
      ? `If it needs longer, increase 'time_limit' ${optionPlace(error)}. ${again}`
      : `Fix the hook or its service. ${again}`,
  };
}

/** `cannot start the hook /usr/bin/x: no such program`. @param which the hook or the probe. */
export function notRunText(which: string, cause: unknown, describe: DescribeCause): string {
  const { code, message } = describe(cause);
  return code === "process-start"
    ? `cannot start ${which}: ${startReason(cause as ProcessStartError)}`
    : `cannot run ${which}: ${message}`;
}

/** `the shared hook nginx (systemctl reload nginx)`, `hook 2 of 3 (/usr/bin/x)`, `the hook /usr/bin/x`. */
function hookText(
  { hook: { name, command }, place: { position, count } }: HookFailedError,
): string {
  const text = commandText(command);
  if (name !== undefined) return `the shared hook ${name} (${text})`;
  if (count > 1) return `hook ${position} of ${count} (${text})`;
  return `the hook ${quotedCommand(command)}`;
}

function optionPlace({ hook: { name }, place: { count } }: HookFailedError): string {
  if (name !== undefined) return `in the table [hook.${name}]`;
  return count > 1 ? "of this hook" : "of the hook";
}
