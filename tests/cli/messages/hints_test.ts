/** Messages whose hints are tested word for word. */
import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import {
  CaIncompleteError,
  CaNotInitializedError,
  SerialNotFoundError,
} from "../../../lib/ca/errors.ts";
import {
  BrokenActivePairError,
  IdentityChangedError,
  MissingDirectoryError,
  MountedFileError,
  NoPreviousPairError,
  RenewalBlockedError,
  UnusableFileError,
} from "../../../lib/device/errors.ts";
import { EstServerError } from "../../../lib/device/issuer/est/errors.ts";
import { TrustNotRefreshedError } from "../../../lib/device/rotation/trust/errors.ts";
import { IssuerFailedError } from "../../../lib/device/issuer/errors.ts";
import { AnswerRefusedError, StateNotWrittenError } from "../../../lib/device/rotation/errors.ts";
import {
  FileSystemError,
  TlsConnectionError,
  WrongFileKindError,
} from "../../../lib/system/mod.ts";
import {
  JournalRefusedError,
  LockedError,
  UntrustedStateError,
} from "../../../lib/transaction/mod.ts";
import { NotPemError } from "../../../lib/x509/errors.ts";

/** The message, details and hint of an error, one per line. */
function told(error: unknown): string {
  const { message, details = [], hint = "" } = describe(error);
  return [message, ...details, hint].join("\n");
}

const has = (text: string, ...parts: readonly string[]): void => {
  for (const part of parts) assert.ok(text.includes(part), `${part} is not in: ${text}`);
};

Deno.test("a busy lock names its holder, since when, and how to inspect and resume it", () => {
  const since = new Date("2026-06-01T12:00:00Z");
  const text = told(new LockedError("/d/.certswap/a.lock", 2000, { processId: 4711, since }));
  has(
    text,
    "another certswap, process 4711, has held the lock /d/.certswap/a.lock since 2026-06-01T12:00:00Z",
    "gave up after 2 s",
    "ps -o pid,stat,etime,args -p 4711",
    "STAT T: it is suspended; 'kill -CONT 4711' resumes it",
  );
});

Deno.test("a FIFO is named, and how to read from it, unless it is the place of a pair", () => {
  const text = told(new WrongFileKindError("/d/pipe", "file", "fifo"));
  has(
    text,
    "/d/pipe is a FIFO, expected a regular file",
    "write '-' for the file, and put '< /d/pipe' at",
  );
  const place = new WrongFileKindError("/d/pipe", "file", "fifo", { use: "certificate-or-key" });
  assert.equal(describe(place).hint, undefined);
});

Deno.test("a broken pair that a change replaces is not reported as the active pair", () => {
  has(
    told(new BrokenActivePairError("/d/cert.pem", "key-missing", { isReplaced: true })),
    "the pair before this change was broken (/d/cert.pem): the key was missing",
  );
  has(
    told(new BrokenActivePairError("/d/cert.pem", "key-missing")),
    "the active pair of /d/cert.pem is broken: the key is missing",
  );
});

Deno.test("a damaged previous pair is not called a file that was given", () => {
  const previous = "/d/.cert.pem.certswap.previous";
  has(
    told(new UnusableFileError(previous, "certificate", { cause: new NotPemError("text") })),
    `${previous}: not PEM`,
    "Swap in another pair with --new-cert and --new-key.",
  );
});

Deno.test("a file in place of the state directory has to be moved away, and no mode is named", () => {
  const text = told(new UntrustedStateError("/d/.certswap", "not-a-directory"));
  has(text, "/d/.certswap is not a directory", "move it away");
  assert.doesNotMatch(text, /mode/);
});

Deno.test("a missing counter of a CA can be repaired without a backup", () => {
  has(told(new CaIncompleteError("/ca", "serial")), "certswap ca check --repair");
  has(told(new CaIncompleteError("/ca", "ca.key")), "Restore it from a backup");
});

for (const operation of ["rename", "unlink"] as const) {
  Deno.test(`EBUSY from ${operation} says to mount the directory instead of the file`, () => {
    const path = operation === "rename" ? "/d/.key.pem.certswap.tmp" : "/d/key.pem";
    has(
      told(new FileSystemError("EBUSY", operation, path)),
      "cannot replace /d/key.pem: it is a mount point",
      "Mount the directory instead: /d",
    );
  });
}

Deno.test("an error about a temporary file names the file that it becomes, or its missing directory", () => {
  const temporary = "/d/.web.prom.certswap.tmp";
  const text = told(new FileSystemError("ENOENT", "create", temporary));
  has(text, "cannot create /d/web.prom: directory /d does not exist", "mkdir -p /d");
  for (const operation of ["create", "write", "fsync", "rename"] as const) {
    const text = told(new FileSystemError("ENOSPC", operation, temporary));
    has(text, "/d/web.prom: no space left on device");
  }
  has(told(new FileSystemError("EEXIST", "create", temporary)), temporary);
});

for (const [errno, expected] of [["EROFS", "Remount"], ["ENOSPC", "Free some space"]] as const) {
  Deno.test(`a state that cannot be written because of ${errno} has the hint for that alone`, () => {
    const cause = new FileSystemError(errno, "create", "/d/.certswap/.cert.pem.state.certswap.tmp");
    const { hint = "" } = describe(new StateNotWrittenError("/d/.certswap/s", { cause }));
    has(hint, `it cannot renew the pair. ${expected}`);
    assert.doesNotMatch(hint, /Is the file system full|another user/);
  });
}

Deno.test("a missing CA of the issuer 'local' says how to create it", () => {
  const text = told(new FileSystemError("ENOENT", "realpath", "/srv/ca/ca.crt"));
  has(text, "certswap ca init --data-dir /srv/ca", "data_dir");
});

Deno.test("a corrupt journal: what to do with the backups, and how to move it away", () => {
  const { details = [], hint = "" } = describe(new JournalRefusedError("/d/.certswap/j", "torn"));
  const steps = details.filter((line) => /^\d\. /.test(line));
  assert.deepEqual(steps.map((line) => line.slice(0, 2)), ["1.", "2.", "3."]);
  has(
    steps.join("\n"),
    "If there are backups",
    "restore every file from its backup",
    "or move every new file",
    "mv /d/.certswap/j /d/.certswap/j.refused",
  );
  has(hint, "Then check that the key matches");
});

Deno.test("no CA: the hint names the directory and the flag", () => {
  const { message, hint = "" } = describe(new CaNotInitializedError("/nope"));
  assert.equal(message, "CA not initialized. Run 'ca init' first.");
  has(hint, "/nope", "--data-dir");
});

Deno.test("an unknown serial number points to the list, and says what is no serial number", () => {
  has(told(new SerialNotFoundError("zz")), "hexadecimal", "'certswap ca list'");
  assert.doesNotMatch(told(new SerialNotFoundError("0f")), /hexadecimal/);
});

Deno.test("a missing directory may be that of an existing pair: it is not only to be created", () => {
  has(told(new MissingDirectoryError("/d/key.pem", "/d")), "mount its file system", "mkdir -p /d");
});

Deno.test("no previous pair: both ways to keep one are named", () => {
  has(told(new NoPreviousPairError("/d/cert.pem")), "--keep-previous", "keep_previous");
});

Deno.test("little room on the disk: the next change may not fit", () => {
  const room = { reason: "full", leftBytes: 61440, neededBytes: 82944 } as const;
  has(told(new RenewalBlockedError("/d", room)), "may not fit", "60 KiB left", "up to 81 KiB");
});

Deno.test("a file that is a mount point is reported before it has to be replaced", () => {
  has(
    told(new MountedFileError("/d/key.pem")),
    "/d/key.pem",
    "Mount the directory instead: /d",
  );
});

for (const banner of ["smtp", "imap", "pop3", "ftp", "mysql"] as const) {
  Deno.test(`a port that speaks ${banner} before TLS: the hint names the option for it`, () => {
    const error = new TlsConnectionError({ host: "a.example", port: 25 }, "not-tls", { banner });
    has(told(error), `speaks ${banner.toUpperCase()} on this port`, `starttls = "${banner}"`);
  });
}

Deno.test("PKCS#12 instead of PEM says how to give it or split it, no password on the command line", () => {
  const text = told(new NotPemError("pkcs12"));
  has(text, "PKCS#12", "--new-pkcs12 FILE", "openssl pkcs12 -in FILE", "umask 077");
  assert.doesNotMatch(text, /-pass(?:in|out)? |pass:/);
});

const refused = (difference: ConstructorParameters<typeof IdentityChangedError>[1]): string =>
  told(
    new AnswerRefusedError("the answer", {
      cause: new IdentityChangedError("the answer", difference),
    }),
  );

Deno.test("an issuer that leaves out names: which ones, and how to make openssl copy them", () => {
  const text = refused({ subject: undefined, missingNames: ["DNS:a.example", "IP:192.0.2.1"] });
  has(
    text,
    "the issuer left out requested names",
    "missing name: DNS:a.example",
    "missing name: IP:192.0.2.1",
    "-copy_extensions copy",
    "copy_extensions = copy",
  );
  assert.doesNotMatch(text, /active|subject =/);
});

Deno.test("an issuer that drops or changes the subject: the hint says what to configure", () => {
  const dropped = refused({ subject: { active: "CN=a.example", given: "" }, missingNames: [] });
  has(dropped, "the issuer changed the subject", "requested subject: CN=a.example", 'subject = ""');
  assert.doesNotMatch(dropped, /copy_extensions|active/);
  const subject = { active: "CN=a.example", given: "CN=a.example,O=Example" };
  has(refused({ subject, missingNames: [] }), 'subject = "CN=a.example,O=Example"');
});

Deno.test("an issuer that fails: no word about an active pair, which may not exist yet", () => {
  const end = { kind: "exit", code: 1 } as const;
  const failure = { program: "/usr/bin/false", end, errorOutput: "" };
  const text = told(new IssuerFailedError(failure));
  has(text, "the issuer /usr/bin/false failed with exit code 1", "Nothing was changed.");
  assert.doesNotMatch(text, /active/);
});

Deno.test("a source of trust that cannot be read is tried again by rotate, and not by trust accept", () => {
  const connection = new TlsConnectionError({ host: "ca.example", port: 443 }, "refused");
  const cause = new EstServerError("https://ca.example", { cause: connection });
  const textOf = (isRepeated: boolean): string =>
    told(new TrustNotRefreshedError("/d/roots.pem", { isRepeated, cause }));
  has(textOf(true), "Later runs of 'certswap rotate' try again.");
  has(textOf(false), "Run the command again.");
  assert.ok(!textOf(false).includes("Later runs"));
});
