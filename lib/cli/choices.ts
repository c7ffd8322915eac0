/** Words to choose from. Help, manual pages, completion and error messages are made from these lists. */
import type { EventKind } from "../ca/store/mod.ts";

/** The topics of `certswap help TOPIC`. */
export const topicNames = ["durability", "exit-codes", "files"] as const;

/** A word of {@linkcode topicNames}. */
export type TopicName = (typeof topicNames)[number];

/** The shells that `certswap completion SHELL` supports. */
export const shellNames = ["bash", "zsh", "fish"] as const;

/** A word of {@linkcode shellNames}. */
export type ShellName = (typeof shellNames)[number];

/** The kinds of store that a CA can have, the default first. */
export const storeKinds = ["directory", "sqlite", "postgres"] as const;

/** A word of {@linkcode storeKinds}. */
export type StoreKind = (typeof storeKinds)[number];

/** What `certswap ca history` can do besides showing it. */
export const historyActions = ["verify"] as const;

/** What an entry of a CA's history can be about. */
export const historyKinds = [
  "init",
  "activate",
  "start",
  "import",
  "adopt",
  "issue",
  "supersede",
  "revoke",
  "crl",
  "publish",
  "renew",
  "trust",
  "distrust",
  "rollover",
  "key",
  "raise",
  "mend",
  "migrate",
  "approve",
  "deny",
  "birth",
] as const satisfies readonly EventKind[];

/** Words that people type for a command with another name, in one group (`ca ls`) or anywhere. */
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
  ["ca ls", "ca list"],
  ["ca status", "ca check"],
  ["ca repair", "ca check"],
  ["ca delete", "ca revoke"],
  ["ca remove", "ca revoke"],
  ["man", "help"],
  ["usage", "help"],
]);

/** The kinds of words that `certswap complete` lists: they differ between devices. */
export const deviceWords = ["pairs", "serials"] as const;

/** A word of {@linkcode deviceWords}. */
export type DeviceWords = (typeof deviceWords)[number];

/** The values of `--keep`. */
export const recoverySides = ["old", "new"] as const;
