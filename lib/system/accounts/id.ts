/** The numbers of users and groups. */

/** The largest ID: (uid_t) -1 means "do not change" to chown(2), and is no user. */
const largestId = 4_294_967_294;

/** Reads an ID of a user or group in decimal. @returns `undefined` for anything else. */
export function readId(digits: string): number | undefined {
  if (!/^\d{1,10}$/.test(digits)) return undefined;
  const id = Number(digits);
  return id <= largestId ? id : undefined;
}
