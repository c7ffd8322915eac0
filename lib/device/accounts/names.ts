/** What a configuration may write for a user or a group: a name, or a number. */
import { readId } from "../../system/mod.ts";

/** LOGIN_NAME_MAX of limits.h, in bytes; useradd(8) allows no longer names. */
const longestName = 256;

/**
 * Whether a configuration may write this for a user or a group: a number, or a name.
 *
 * - A number is an ID from 0 to 4294967294, in decimal. With a leading zero it might be meant as octal, and
 *   systemd refuses it too (systemd.exec(5), `User=`).
 * - A name is what useradd(8) and systemd ("User/Group Name Syntax") accept in their most lenient modes, but
 *   without blanks. It does not start with a character that means something else in passwd(5).
 */
export function isAccountName(text: string): boolean {
  if (/^\d+$/.test(text)) return /^(?:0|[1-9].*)$/.test(text) && readId(text) !== undefined;
  return text.length <= longestName && text.isWellFormed() && text !== "." && text !== ".." &&
    /^[^-+#\s:/\p{Cc}][^\s:/\p{Cc}]*$/u.test(text) &&
    new TextEncoder().encode(text).length <= longestName;
}

/** The ID that an account is written as. @returns `undefined` if it is written as a name. */
export function writtenId(account: string): number | undefined {
  return isAccountName(account) ? readId(account) : undefined;
}
