/** The pages of `certswap help TOPIC`, for people who have only the executable at hand. */
import type { TopicName } from "../choices.ts";
import { exitCodeTable } from "../exit_code.ts";
import { wrap } from "../text.ts";

/** A paragraph, or two columns. */
type Block = string | readonly (readonly [left: string, right: string])[];

/** A page of its own. */
export interface Topic {
  /** One line, for the list of topics. */
  readonly brief: string;
  readonly blocks: readonly Block[];
}

/** All topics by name. */
export const topics: Readonly<Record<TopicName, Topic>> = {
  "durability": {
    brief: "What is promised, and on what it rests",
    blocks: [
      "After a power cut, a kill or a full disk at any moment, once recovery has run at the next " +
      "start, the device has the old pair or the new one: certificate and key, complete, belonging " +
      "together, with the owner and mode they should have. Never neither, never a mix. What was " +
      "reported as done is done. The same holds for every change of a CA's directory.",
      "Recovery is what every changing command does first. For a service that starts before any of " +
      "them, run 'certswap recover' at boot, before it.",
      "It rests on a file system where rename(2) within a directory is atomic, and where what fsync(2) " +
      "has acknowledged, of a file or a directory, survives a power cut: ext4, xfs, btrfs, f2fs and " +
      "ubifs with their default options, on storage that does not lie about its write cache.",
      "Not promised: that a reader of two separate files sees them change in one moment. Between the " +
      "two renames, some tens of microseconds (after a kill just there: until recovery), it gets the new " +
      "key with the old certificate. Make the service load the pair after the swap; where it may read " +
      "at any moment, have it read one --combined file, which is the old one or the new one at every " +
      "moment.",
      "Not promised either: security labels and other extended attributes of a file that is " +
      "replaced, access control lists aside, which are kept if getfacl and setfacl are installed; " +
      "and anything at all after an fsync that failed (exit 4).",
    ],
  },
  "exit-codes": {
    brief: "What a command's exit code means",
    blocks: [
      exitCodeTable().map(({ code, meaning, more }) =>
        [String(code), more === undefined ? meaning : `${meaning}. ${more}`] as const
      ),
      "With --json, standard output holds one object whatever happens (also for --version and --help); " +
      "of a failure its 'error' has a " +
      "'code', a word that does not change between versions.",
      "126 and 127 are the shell's, where the executable cannot be run at all; 128 and more, where a " +
      "signal came while nothing was being changed.",
    ],
  },
  "files": {
    brief: "Which files certswap reads, writes and leaves",
    blocks: [
      "Beside a pair (NAME is the certificate's file name, KEY the key's, TARGET any file's):",
      [
        [".certswap/NAME.lock", "keeps two runs apart, and names its holder; never removed"],
        [".certswap/NAME.rotation.lock", "the same for two rotations"],
        [".certswap/NAME.journal", "a change that is committed and not finished"],
        [".certswap/NAME.state", "the last change, and what is owed"],
        [".TARGET.certswap.tmp", "new content, during a change"],
        [".TARGET.certswap.bak", "old content, during a change"],
        [".TARGET.certswap.pending", "the pending pair"],
        [".TARGET.certswap.previous", "the previous pair, where it is kept"],
        [".NAME.certswap.request", "the request, during a renewal"],
        [".KEY.certswap.requested", "the key that it is for"],
        [".NAME.certswap.answer", "room on the disk for what the issuer gives"],
        [".KEY.certswap.known", "where the pair is, if the key is on another device"],
      ],
      "Recovery removes what a crash left under these exact names, and nothing else.",
      "In a CA's data directory (--data-dir, else $CA_DATA_DIR, else ./ca-data): ca.key, ca.crt, ca.crl, " +
      "certs/, index.json, serial, crlnumber, and .certswap/ with lock and journal.",
      "The configuration: --config, else $CERTSWAP_CONFIG, else /etc/certswap/certswap.toml.",
      "The executable that carries its own runtime unpacks it once, into the first of these: " +
      "--cache-dir DIR (given before the command), $CERTSWAP_CACHE, /var/cache/certswap for root, " +
      "$XDG_CACHE_HOME/certswap, ~/.cache/certswap. The directory must be yours, with mode 0700. It may be " +
      "removed at any time. Where there is none, certswap says so and unpacks into $TMPDIR each time.",
    ],
  },
};

/** A topic as lines of at most `width` columns. */
export function topicLines({ blocks }: Topic, width: number): string[] {
  return blocks.flatMap((block, index) => [
    ...(index === 0 ? [] : [""]),
    ...(typeof block === "string" ? wrap(block, width) : rows(block, width)),
  ]);
}

function rows(block: readonly (readonly [string, string])[], width: number): string[] {
  const column = Math.max(...block.map(([left]) => left.length)) + 4;
  return block.flatMap(([left, right]) =>
    wrap(right, width - column).map((line, index) =>
      (index === 0 ? `  ${left}` : "").padEnd(column) + line
    )
  );
}
