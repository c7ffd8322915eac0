/** Text for a hook that failed: which one it is, why, and what to do. */
import { formatDuration } from "../../device/mod.ts";
import type { HookFailedError, ProgramFailure } from "../../device/service/mod.ts";
import { commandText, type DescribeCause, quotedCommand, type Text } from "./message.ts";

/** How the texts of what lies under the error are made. */
interface Texts {
  readonly describe: DescribeCause;
  readonly describeEnd: (failure: ProgramFailure) => string;
  readonly outputLines: (failure: ProgramFailure) => string[];
}

const again = "It is run again by every 'certswap rotate' until it succeeds.";

/** Says which hook failed, why, and what to do. */
export function hookFailedText(error: HookFailedError, texts: Texts): Text {
  const { failure, cause, hook: { timeLimit } } = error;
  const which = hookText(error);
  if (failure === undefined) {
    const { message, hint } = texts.describe(cause);
    return {
      message: `${which} cannot be run: ${message}`,
      hint: hint === undefined ? again : `${hint} ${again}`,
    };
  }
  const isLate = failure.end.kind === "time-limit";
  return {
    message: isLate
      ? `${which} did not end within its time limit, ${formatDuration(timeLimit)}, and was killed`
      : `${which} ${texts.describeEnd(failure)}`,
    details: texts.outputLines(failure),
    hint: isLate ? `If it needs longer, set 'time_limit' ${optionPlace(error)}. ${again}` : again,
  };
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
