/** Who asks a CA for a certificate, as its details record it. */
import { CertswapError, readFile, type System } from "../../system/mod.ts";

/** The most to read of passwd(5), in bytes: about forty thousand users. */
const databaseLimit = 4 * 1024 * 1024;

/**
 * Who runs this process: `user alice`, or `uid 1000` if passwd(5) does not name that user.
 *
 * @param onBehalfOf what it acts for: `pair web`. It comes first: `pair web, user root`.
 */
export function requesterOf(system: System, onBehalfOf?: string): string {
  const id = system.processes.userId();
  const name = nameOfUser(system, id);
  const user = name === undefined ? `uid ${id}` : `user ${name}`;
  return onBehalfOf === undefined ? user : `${onBehalfOf}, ${user}`;
}

function nameOfUser({ files }: System, id: number): string | undefined {
  try {
    const text = new TextDecoder().decode(readFile(files, "/etc/passwd", databaseLimit).content);
    const fields = text.split("\n").map((line) => line.split(":"))
      .find(([, , uid]) => uid === String(id));
    return fields?.[0]?.slice(0, 256) || undefined;
  } catch (error) {
    // The number alone is enough.
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}
