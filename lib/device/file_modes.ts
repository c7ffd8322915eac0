/** The modes of a device's files: those of new files, and those that a configuration may set. */

/**
 * Permission bits of a pair's new files. A file that replaces another keeps the old mode. A key is secret
 * from its first byte.
 */
export const newFileMode = {
  key: 0o600,
  certificate: 0o644,
  /** It contains the key. */
  combined: 0o600,
  /** The key of a pending request. */
  requestedKey: 0o600,
  request: 0o644,
  answer: 0o600,
  state: 0o600,
} as const;

/**
 * Reads permission bits as a configuration writes them: three octal digits, or four if the first is 0, as a
 * file of a pair needs no set-ID or sticky bit. The owner must be able to read. Group and others must not be
 * able to write, or they could replace the pair.
 *
 * @returns `undefined` for anything else.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readMode } from "./file_modes.ts";
 *
 * assert.equal(readMode("0640"), 0o640);
 * assert.equal(readMode("0666"), undefined);
 * ```
 */
export function readMode(text: string): number | undefined {
  if (!/^0?[0-7]{3}$/.test(text)) return undefined;
  const mode = Number.parseInt(text, 8);
  return (mode & 0o400) !== 0 && (mode & 0o022) === 0 ? mode : undefined;
}

/** Whether a file with these permission bits may contain a key: others have no access, the group reads. */
export function isSecretMode(mode: number): boolean {
  return (mode & 0o027) === 0;
}

/** Permission bits of files that everyone may read: metrics, systemd units, the cron table. */
export const publicFileMode = 0o644;
