/** The words to choose from, as data: help, manual pages, completion and errors are made of these lists. */

/** What `certswap help TOPIC` tells about. */
export const topicNames = ["durability", "exit-codes", "files"] as const;

/** A word of {@linkcode topicNames}. */
export type TopicName = (typeof topicNames)[number];

/** The shells that `certswap completion SHELL` knows. */
export const shellNames = ["bash", "zsh", "fish"] as const;

/** A word of {@linkcode shellNames}. */
export type ShellName = (typeof shellNames)[number];

/** What `--keep` takes. */
export const recoverySides = ["old", "new"] as const;
