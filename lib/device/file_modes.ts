/** The mode of every file that certswap creates on a device. A file that replaces another keeps its mode. */

/** Permission bits of new files of a pair, and of those beside it. A key is secret from its first byte. */
export const newFileMode = {
  key: 0o600,
  certificate: 0o644,
  /** It holds the key. */
  combined: 0o600,
  /** The key of a request that waits for its issuer. */
  requestedKey: 0o600,
  request: 0o644,
  answer: 0o600,
  state: 0o600,
} as const;

/** Permission bits of what everybody may read: metrics, systemd units, the cron table. */
export const publicFileMode = 0o644;
