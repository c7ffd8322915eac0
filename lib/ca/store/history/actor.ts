/** Who makes a change of a CA, as its history and the details of certificates record it. */
import { attempt, readUsers, type System } from "../../../system/mod.ts";

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
  // If the users cannot be read, the number alone is enough.
  const user = attempt(() => readUsers(files))?.find((user) => user.id === id);
  return user?.name.slice(0, 256);
}
