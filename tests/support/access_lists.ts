/** Access control lists on real files, for tests. */
import { denoAccessLists } from "../../lib/system/mod.ts";

/** Whether lists can be set here: getfacl and setfacl are installed, and the file system keeps them. */
export const canUseAccessLists = denoAccessLists.areAvailable() && keepsLists();

function keepsLists(): boolean {
  const path = Deno.makeTempFileSync({ prefix: "certswap-test-" });
  try {
    return runTool("setfacl", ["-m", "u:65534:r", path]) !== undefined;
  } finally {
    Deno.removeSync(path);
  }
}

/** setfacl -m: adds entries to a file's list, `u:65534:r`. */
export function giveList(path: string, entries: string): void {
  if (runTool("setfacl", ["-m", entries, path]) === undefined) throw new Error(`no list: ${path}`);
}

/** setfacl -d -m: gives a directory a default list. */
export function giveDefaultList(path: string, entries: string): void {
  if (runTool("setfacl", ["-d", "-m", entries, path]) === undefined) throw new Error(path);
}

/** The entries of a file's list, in numbers. */
export function listOf(path: string): string[] {
  const text = runTool("getfacl", ["-n", "-p", "-c", "-E", path]) ?? "";
  return text.split("\n").filter((line) => line !== "");
}

function runTool(name: string, args: string[]): string | undefined {
  const { success, stdout } = new Deno.Command(name, { args, stderr: "null" }).outputSync();
  return success ? new TextDecoder().decode(stdout) : undefined;
}
