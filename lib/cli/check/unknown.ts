/** The line of a check that could not be done. */
import { OutputLostError } from "../../system/mod.ts";
import type { ExitCode } from "../exit_code.ts";
import type { GivenFlags } from "../given_flags.ts";
import { withFlags } from "../print/mod.ts";
import { visibleJson } from "../text.ts";
import type { World } from "../world.ts";
import { checkLine, exitCodeOfCheck } from "./line.ts";

/**
 * Prints why a check could not be done on standard output, where monitoring systems read it: in one line or
 * as JSON. If standard output cannot be written, the exit code still reports it.
 *
 * @returns the exit code for UNKNOWN.
 */
export async function printUnknown(
  { stdout }: World,
  error: unknown,
  { json, given }: { readonly json: boolean; readonly given: GivenFlags },
): Promise<ExitCode> {
  const { describe } = await import("../messages/mod.ts");
  const { message, hint, ...others } = withFlags(describe(error), given);
  const { details = [] } = others;
  const facts = details.length === 0 ? message : `${message}: ${details.join("; ")}`;
  const line = checkLine("unknown", hint === undefined ? facts : `${facts}. ${hint}`);
  try {
    const found = { state: "unknown", line, error: { ...others, message, hint } };
    stdout.write(`${json ? visibleJson(JSON.stringify(found, undefined, 2)) : line}\n`);
  } catch (error) {
    if (!(error instanceof OutputLostError)) throw error;
  }
  return exitCodeOfCheck.unknown;
}
