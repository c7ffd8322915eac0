/** The pages of `certswap help TOPIC`. A device may have only the executable, not these docs. */
import type { TopicName } from "../choices.ts";
import { exitCodeTable } from "../exit_code.ts";
import { wrap } from "../text.ts";

/** A paragraph, or rows of two columns. */
type Block = string | readonly (readonly [left: string, right: string])[];

/** A help page about a topic. */
export interface Topic {
  /** One line, for the list of topics. */
  readonly brief: string;
  readonly blocks: readonly Block[];
}

/** All topics by name. */
export const topics: Readonly<Record<TopicName, Topic>> = {
  "durability": {
    brief: "What is guaranteed, and on which systems",
    blocks: [
      "After a power cut, a kill or a full disk at any moment, and after the recovery that follows, the " +
      "device has the old pair or the new one: a complete certificate and the matching key, with the " +
      "right owner and mode. It is never left without a pair, or with a mismatched one. A change that " +
      "was reported as done is durable. The same is true for every change to a CA's directory.",
      "Every command that changes a pair runs recovery first. If a service starts before such a command, " +
      "run 'certswap recover' at boot, before the service.",
      "This requires a file system on which rename(2) within a directory is atomic, and on which data and " +
      "directories survive a power cut after fsync(2): ext4, xfs, btrfs, f2fs and ubifs with their " +
      "default options, on storage that writes its cache when told to flush it.",
      "Not guaranteed: that a program that reads two separate files sees both change at the same moment. " +
      "Between the two renames, it reads the new key with the old certificate. This lasts tens of " +
      "microseconds or, after a kill at this point, until recovery. Reload the service after the swap. If " +
      "a service may read the files at any moment, let it read one --combined file, which is always the " +
      "old one or the new one.",
      "Also not guaranteed: security labels and other extended attributes of replaced files (access " +
      "control lists are kept if getfacl and setfacl are installed), and the on-disk state after fsync " +
      "has failed (exit code 4).",
    ],
  },
  "exit-codes": {
    brief: "The meaning of each exit code",
    blocks: [
      exitCodeTable().map(({ code, meaning, more }) =>
        [String(code), more === undefined ? meaning : `${meaning}. ${more}`] as const
      ),
      "'status --check' has exit codes of its own: see 'certswap help status'.",
      "With --json, standard output is always one JSON object (also for --version and --help). After a " +
      "failure, its 'error' has a 'code' that does not change between versions.",
      "126 and 127 come from the shell: the executable cannot be run. 128 and above: a signal ended " +
      "certswap. SIGINT and SIGTERM do not end it in the middle of a change. After 137 (SIGKILL), a " +
      "change may be half done: the next command recovers it.",
    ],
  },
  "files": {
    brief: "The files that certswap reads and writes",
    blocks: [
      "Next to a pair (NAME is the file name of the certificate, KEY that of the key, TARGET that of any " +
      "of these files):",
      [
        [
          ".certswap/NAME.lock",
          "the lock; the file also holds the PID and the time; never removed",
        ],
        [".certswap/NAME.rotation.lock", "the lock for rotations"],
        [".certswap/NAME.journal", "a change that is committed but not finished"],
        [".certswap/NAME.state", "the last change, and pending hooks and probes"],
        [".TARGET.certswap.tmp", "new content, during a change"],
        [".TARGET.certswap.bak", "old content, during a change"],
        [".TARGET.certswap.pending", "the pending pair"],
        [".TARGET.certswap.previous", "the previous pair, if it is kept"],
        [".NAME.certswap.request", "the certificate request, during a renewal"],
        [".KEY.certswap.requested", "the key of that request"],
        [".NAME.certswap.answer", "space reserved for the issuer's answer"],
        [".KEY.certswap.known", "where the pair is, if the key is on another file system"],
      ],
      "Recovery removes leftovers of a crash only under these names.",
      "In a CA's data directory (--data-dir, else $CA_DATA_DIR, else ./ca-data): ca.key, ca.crt, ca.crl, " +
      "ca.crl.der, certs/, index.json, details.jsonl, enrolments.json (if devices enrol), history.jsonl, " +
      "history/ (its older lines), crl/ and shards.json (if CRLs have shards), serial, crlnumber, " +
      "crlpublished (if there is a publish hook), ca.toml (the settings, which you write), and " +
      ".certswap/ with lock and journal. With SQLite, ca.db, ca.db-wal and ca.db-shm replace most of " +
      "them; store.json names the store, and index.json.moved is the old index, which 'ca migrate' keeps. " +
      "'ca serve' creates ocsp-responder.pem (a private key), and 'ca rollover' rollover.json and " +
      "rollover-fetched.json. An intermediate also has ca-chain.pem, and ca.csr until 'ca activate'. A " +
      "renewal creates ca-previous.pem, and 'ca bundle add' ca-bundle.pem. If ca.key is encrypted, its " +
      "passphrase may be in $CREDENTIALS_DIRECTORY/ca-passphrase, where systemd puts it " +
      "(LoadCredential=ca-passphrase:FILE).",
      "The configuration: --config, else $CERTSWAP_CONFIG, else /etc/certswap/certswap.toml.",
      "The self-contained executable unpacks its runtime once, into the first of these directories: " +
      "--cache-dir DIR (given before the command), $CERTSWAP_CACHE, /var/cache/certswap for root, " +
      "$XDG_CACHE_HOME/certswap, ~/.cache/certswap. The directory must belong to you or " +
      "to root, and no other user may be able to write to it. You can remove it at any time. If none is " +
      "usable, certswap reports that and unpacks into $TMPDIR on each run.",
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
