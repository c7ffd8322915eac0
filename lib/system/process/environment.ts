/** The one list of environment variables that certswap knows. */

/**
 * The environment variables that may reach certswap: names, or the beginnings of names before a `*`.
 *
 * No other variable reaches the runtime of the self-contained executable: its launcher is built with this
 * list, and docs/explanation/executable.md says what each of them is for. Never add one that configures the
 * runtime itself: the build refuses it.
 */
export const passedVariables = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "TERM",
  "NO_COLOR",
  "LANG",
  "LC_*",
  "TZ",
  "TMPDIR",
  "CERTSWAP_CONFIG",
  "CERTSWAP_CACHE",
  "XDG_CACHE_HOME",
  "CA_DATA_DIR",
  "CREDENTIALS_DIRECTORY",
  "NOTIFY_SOCKET",
  "JOURNAL_STREAM",
  "INVOCATION_ID",
  "SSH_ORIGINAL_COMMAND",
  "SUDO_USER",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  // The dynamic loader has read this before the launcher's first line runs, so removing it would protect
  // nothing. faketime(1) needs both: it shows today what a device will do on a certain day.
  "LD_PRELOAD",
  "FAKETIME*",
] as const;

/**
 * All variables that certswap itself reads: a command can be granted only what is listed here. Each is one
 * of {@linkcode passedVariables}, or it would never be set.
 */
export const environmentNames = [
  "CA_DATA_DIR",
  "CERTSWAP_CONFIG",
  "CREDENTIALS_DIRECTORY",
  "NO_COLOR",
  "https_proxy",
  "no_proxy",
] as const satisfies readonly (typeof passedVariables)[number][];

/** One of {@linkcode environmentNames}. */
export type EnvironmentName = (typeof environmentNames)[number];
