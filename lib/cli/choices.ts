/** The words to choose from, as data: help, manual pages, completion and errors are made of these lists. */

/** What `certswap help TOPIC` tells about. */
export const topicNames = ["durability", "exit-codes", "files"] as const;

/** A word of {@linkcode topicNames}. */
export type TopicName = (typeof topicNames)[number];

/** The shells that `certswap completion SHELL` knows. */
export const shellNames = ["bash", "zsh", "fish"] as const;

/** A word of {@linkcode shellNames}. */
export type ShellName = (typeof shellNames)[number];

/** The formats of `certswap export`. */
export const exportFormats = ["pem", "der", "pkcs12"] as const;

/** What `certswap export` can put into a file. */
export const exportParts = ["key", "certificate", "intermediates", "chain", "trust"] as const;

/** How PKCS#12 is protected. */
export const pkcs12Profiles = ["modern", "legacy"] as const;

/** What `--keep` takes. */
export const recoverySides = ["old", "new"] as const;
