/** The date that is built in: the same for every build of one commit. */
import { projectDirectory } from "./bundle.ts";

/**
 * The date that is built in: `SOURCE_DATE_EPOCH` (https://reproducible-builds.org/specs/source-date-epoch/),
 * otherwise the commit's date, so that one commit always gives the same executable.
 *
 * @throws Error if there is neither.
 */
export async function buildDate(): Promise<Date> {
  const epoch = Deno.env.get("SOURCE_DATE_EPOCH") || await commitEpoch();
  const date = new Date(Number(epoch) * 1000);
  if (!/^\d{1,11}$/.test(epoch) || Number.isNaN(date.getTime())) {
    throw new Error(
      `no date to build in: '${epoch}' is not a number of seconds. Set SOURCE_DATE_EPOCH.`,
    );
  }
  return date;
}

async function commitEpoch(): Promise<string> {
  try {
    const { stdout } = await new Deno.Command("git", {
      args: ["log", "-1", "--format=%ct"],
      cwd: projectDirectory,
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
