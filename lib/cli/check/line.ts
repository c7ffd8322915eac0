/** The line of a check and its exit code: `CERTSWAP OK - gateway expires in 61 days | ...`. */
import type { CheckState } from "../../device/status/mod.ts";
import { type ExitCode, exitCode } from "../exit_code.ts";
import { visible } from "../text.ts";

/** Exit codes of a check, see https://www.monitoring-plugins.org/doc/guidelines.html. */
export const exitCodeOfCheck: Readonly<Record<CheckState, ExitCode>> = {
  ok: exitCode.done,
  warning: 1,
  critical: 2,
  unknown: 3,
};

/** The most characters before the performance data: monitoring systems read only a few KiB of a line. */
const textLimit = 1000;

/** Builds the line. `|` separates the performance data, so it is replaced in the text. */
export function checkLine(
  state: CheckState,
  text: string,
  performance: readonly string[] = [],
): string {
  const safe = shortened(visible(text).replaceAll("|", "/"), textLimit);
  const data = performance.length === 0 ? "" : ` | ${performance.join(" ")}`;
  return `CERTSWAP ${state.toUpperCase()} - ${safe}${data}`;
}

/** Text of at most `limit` characters. */
export function shortened(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 3).toWellFormed()}...`;
}
