/** The modes of files that certswap creates on a device. A file that replaces another keeps the old mode. */

/** Permission bits of a pair's new files. A key is secret from its first byte. */
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

/** Permission bits of files that everyone may read: metrics, systemd units, the cron table. */
export const publicFileMode = 0o644;
