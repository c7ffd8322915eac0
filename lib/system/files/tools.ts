/** Running the system's own small programs, for what Deno cannot see. Without a shell. */

/** Where system programs are searched for, regardless of PATH. */
const programDirectories = ["/usr/bin", "/bin"];

/**
 * An unused uid: in the range that systemd leaves free (Users, Groups, UIDs and GIDs on systemd Systems), and
 * below 65536, as many containers have no more.
 */
const unusedUid = 61_001;

/** What a program is started with: nothing of this process. */
export const cleanly = { clearEnv: true, cwd: "/", stderr: "null" } as const;

/** The path of a program, `undefined` where it is not installed. */
export function findTool(name: string): string | undefined {
  return programDirectories.map((directory) => `${directory}/${name}`).find(isFile);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Runs a program. @returns what it printed, `undefined` where it did not succeed. */
export async function runTool(
  name: string,
  args: readonly string[],
  as?: { readonly gid: number },
): Promise<string | undefined> {
  const program = findTool(name);
  if (program === undefined) return undefined;
  try {
    const { success, stdout } = await new Deno.Command(program, {
      args: [...args],
      ...cleanly,
      stdin: "null",
      stdout: "piped",
      ...(as === undefined ? {} : { uid: unusedUid, gid: as.gid }),
    }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    // It cannot be started, by this user or as that one.
    return undefined;
  }
}
