/** The words to choose from, as data: help, manual pages, completion and errors are made of these lists. */

/** What `certswap help TOPIC` tells about. */
export const topicNames = ["durability", "exit-codes", "files"] as const;

/** A word of {@linkcode topicNames}. */
export type TopicName = (typeof topicNames)[number];

/** The shells that `certswap completion SHELL` knows. */
export const shellNames = ["bash", "zsh", "fish"] as const;

/** A word of {@linkcode shellNames}. */
export type ShellName = (typeof shellNames)[number];

/** What people type for a command that has another name: in one group (`ca show`), or anywhere. */
export const synonyms: ReadonlyMap<string, string> = new Map([
  ["renew", "rotate"],
  ["renewal", "rotate"],
  ["rotation", "rotate"],
  ["update", "rotate"],
  ["upgrade", "rotate"],
  ["replace", "swap"],
  ["activate", "swap"],
  ["deploy", "swap"],
  ["prepare", "stage"],
  ["undo", "rollback"],
  ["revert", "rollback"],
  ["restore", "rollback"],
  ["repair", "recover"],
  ["fix", "recover"],
  ["show", "status"],
  ["info", "status"],
  ["ls", "status"],
  ["validate", "config check"],
  ["setup", "install"],
  ["timer", "install systemd"],
  ["issue", "ca sign"],
  ["csr", "ca request"],
  ["ca create", "ca init"],
  ["ca new", "ca init"],
  ["ca show", "ca list"],
  ["ca ls", "ca list"],
  ["ca status", "ca check"],
  ["ca repair", "ca check"],
  ["ca delete", "ca revoke"],
  ["ca remove", "ca revoke"],
  ["man", "help"],
  ["usage", "help"],
]);

/** Words that differ from device to device, which `certswap complete` lists. */
export const deviceWords = ["pairs", "serials"] as const;

/** A word of {@linkcode deviceWords}. */
export type DeviceWords = (typeof deviceWords)[number];

/** What `--keep` takes. */
export const recoverySides = ["old", "new"] as const;
