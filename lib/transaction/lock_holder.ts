/** The note in a lock file that tells waiting runs who holds the lock. */
import { CertswapError, type FileHandle, type System } from "../system/mod.ts";

/** The holder of a lock according to the lock file, which may be out of date. */
export interface LockHolder {
  readonly processId: number;
  /** When the lock was taken, by this machine's clock. */
  readonly since: Date;
}

/**
 * Length of a note in bytes. All have the same length: a note overwrites the previous one in place, without a
 * truncation that a crash could follow.
 */
const noteLength = 48;

/**
 * Writes a note into a lock file that this process has just locked. It is only advice, so failures are
 * ignored: a full or read-only disk is reported by the change that needs it. A file that is not one of
 * certswap's lock files, by its length or because it has another name (a hard link), is not written.
 *
 * @param handle at the start of the file.
 */
export function leaveNote({ clock, processes }: System, handle: FileHandle): void {
  const text = `certswap ${processes.processId()} ${clock.now().toISOString()}`;
  try {
    const { size, links } = handle.stat();
    if (links !== 1 || size > noteLength) return;
    let rest = new TextEncoder().encode(text.padEnd(noteLength - 1) + "\n");
    while (rest.length > 0) rest = rest.subarray(handle.write(rest));
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
  }
}

/**
 * Reads the note of a lock's holder. The note of a killed process stays in the file, so read it only while
 * the lock is held.
 *
 * @param handle at the start of the file.
 * @returns `undefined` if there is no readable note.
 */
export function readNote(handle: FileHandle): LockHolder | undefined {
  const buffer = new Uint8Array(noteLength + 1);
  try {
    const length = handle.read(buffer);
    return length === noteLength ? parseNote(buffer.subarray(0, length)) : undefined;
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    return undefined;
  }
}

function parseNote(bytes: Uint8Array): LockHolder | undefined {
  const text = new TextDecoder().decode(bytes);
  const { id, time } = noteForm.exec(text)?.groups ?? {};
  if (id === undefined || time === undefined) return undefined;
  const since = new Date(time);
  return Number.isNaN(since.getTime()) ? undefined : { processId: Number(id), since };
}

const noteForm =
  /^certswap (?<id>[1-9][0-9]{0,9}) (?<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z) *\n$/;
