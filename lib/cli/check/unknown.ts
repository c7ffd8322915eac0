/** The line of a check that could not be made. */
import { OutputLostError } from "../../system/mod.ts";
import type { ExitCode } from "../exit_code.ts";
import { visibleJson } from "../text.ts";
import type { World } from "../world.ts";
import { checkLine, exitCodeOfCheck } from "./line.ts";

/**
 * Says why a check could not be made, where a monitoring system reads it: on standard output, in one line or
 * as JSON. That standard output takes nothing changes nothing: the exit code says it too.
 *
 * @returns the exit code for UNKNOWN.
 */
export async function printUnknown(
  { stdout }: World,
  error: unknown,
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const { describe } = await import("../messages/mod.ts");
  const { message, hint, ...others } = describe(error);
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
