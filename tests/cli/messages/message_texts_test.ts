/** The messages about a device. */
import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { didRecover, wouldRecover } from "../../../lib/cli/print/recovery_text.ts";
import * as device from "../../../lib/device/errors.ts";
import {
  type CertswapError,
  FileSystemError,
  FileTooLargeError,
  WrongFileKindError,
} from "../../../lib/system/mod.ts";
import * as transaction from "../../../lib/transaction/errors.ts";
import * as x509Errors from "../../../lib/x509/errors.ts";
import { type Certificate, readCertificate } from "../../../lib/x509/read/certificate.ts";
import * as chainErrors from "../../../lib/x509/verify/chain_errors.ts";
import { fleet } from "../../support/device.ts";

const x509 = { ...x509Errors, ...chainErrors };
const noSpace = new FileSystemError("ENOSPC", "write", "/d/key.pem");
const notPem = new x509.NotPemError("text");
const at = (text: string) => new Date(text);

/** Each error of a device's commands, with a part of its message. */
function samples(leaf: Certificate): [CertswapError, RegExp][] {
  const { BrokenActivePairError, UnusableFileError } = device;
  const undecidable = new transaction.RecoveryUndecidableError("/d/.certswap/j", [
    { target: "/d/key.pem", found: "new", canBeOld: true, canBeNew: true },
    { target: "/d/cert.pem", found: "foreign", canBeOld: false, canBeNew: false },
    { target: "/d/all.pem", found: "missing", canBeOld: false, canBeNew: true },
    { target: "/d/x.pem", found: "old", canBeOld: true, canBeNew: false },
  ]);
  return [
    [new FileTooLargeError("/d/x", 1000), /\/d\/x is larger than 1000 bytes/],
    [new WrongFileKindError("/d/x", "file", "fifo"), /^\/d\/x is a FIFO, expected a regular file$/],
    [
      new transaction.LockedError("/d/l", 10_000),
      /another process holds the lock \/d\/l: gave up after 10 s/,
    ],
    [new transaction.UntrustedStateError("/d/s", "not-a-directory"), /\/d\/s is not a directory/],
    [new transaction.JournalRefusedError("/d/j", "owner"), /\/d\/j belongs to another user/],
    [
      new transaction.JournalRefusedError("/d/j", "too-large"),
      /\/d\/j is too large to be a journal/,
    ],
    [
      new transaction.JournalRefusedError("/d/j", "not-a-file", { detail: "directory" }),
      /^the journal \/d\/j is a directory, expected a regular file$/,
    ],
    [
      new transaction.JournalRefusedError("/d/j", "not-a-file", { detail: "link" }),
      /^the journal \/d\/j is a symbolic link, expected a regular file$/,
    ],
    [
      new transaction.JournalRefusedError("/d/j", "not-a-file", { detail: "socket" }),
      /^the journal \/d\/j is a socket, expected a regular file$/,
    ],
    [new transaction.TargetChangedError("/d/x"), /\/d\/x was changed by another program/],
    [new transaction.TransactionFailedError(true, { cause: noSpace }), /no space left/],
    [new transaction.TransactionFailedError(false, { cause: noSpace }), /no space left/],
    [new transaction.InterruptedError("SIGTERM"), /stopped by SIGTERM; nothing was changed/],
    [new transaction.OutcomeUnknownError(["/d/x"], { cause: noSpace }), /cannot tell whether/],
    [undecidable, /recovery cannot decide/],
    [
      new device.DanglingLinkError("/d/x"),
      /\/d\/x is a symbolic link, and its target does not exist/,
    ],
    [new device.SwapFailedError(true, { cause: noSpace }), /cannot write \/d\/key\.pem/],
    [new device.SwapFailedError(false, { cause: noSpace }), /cannot write \/d\/key\.pem/],
    [new BrokenActivePairError("/d/c", "certificate-missing"), /the certificate is missing/],
    [
      new BrokenActivePairError("/d/c", "unreadable", {
        cause: new UnusableFileError("/d/c", "certificate", { cause: notPem }),
      }),
      /one of its files cannot be read/,
    ],
    [new device.RecoveryDueError("/d/c"), /recovery is needed/],
    [new device.CombinedLeftBehindError("/d/all"), /\/d\/all is not part of this change/],
    [new x509.NotPemError("binary"), /it contains binary data/],
    [new x509.BadPemError(3, "headers"), /malformed PEM in line 3: header lines/],
    [new x509.PemTooLargeError(2048), /larger than the limit of 2 KiB/],
    [new x509.TooManyPemBlocksError(16), /more than 16 PEM blocks/],
    [new x509.UnexpectedPemBlockError("DH PARAMETERS", "certificate"), /'DH PARAMETERS'/],
    [new x509.BadDerError(7, "time"), /^malformed DER at byte 7: not a time$/],
    [
      new x509.BadDerError(7, "wrong-type", { found: 2, wanted: 0x30 }),
      /^malformed DER at byte 7: wrong type: 0x02, expected 0x30$/,
    ],
    [new x509.TruncatedDerError(7), /truncated: the value at byte 7/],
    [
      new x509.BadCertificateError("version"),
      /^not a valid certificate \(RFC 5280\): a version other than 1 and 3$/,
    ],
    [new x509.SeveralCertificatesError(2), /2 certificates/],
    [new x509.NoPrivateKeyError(), /no private key/],
    [
      new x509.UnsupportedKeyError({ kind: "algorithm", name: "secp256k1" }),
      /unsupported key: secp256k1$/,
    ],
    [new x509.UnsupportedKeyError({ kind: "unnamed-curve" }), /: EC with an unnamed curve$/],
    [new x509.UnsupportedKeyError({ kind: "multi-prime-rsa" }), /: multi-prime RSA$/],
    [new x509.UnsupportedKeyError({ kind: "long-rsa", bits: 4097 }), /: RSA of 4097 bits$/],
    [new x509.WeakKeyError(1024, 2048), /1024 bits is too short, expected at least 2048/],
    [
      new x509.BadPrivateKeyError("cannot-sign"),
      /^not a usable private key: a key that cannot sign$/,
    ],
    [
      new x509.BadRequestError("repeated-extension"),
      /^not a valid request \(RFC 2986\): a repeated extension$/,
    ],
    [
      new x509.BadCrlError("repeated-extension"),
      /^not a valid CRL \(RFC 5280\): a repeated extension$/,
    ],
    [new x509.RefusedSignatureAlgorithmError(leaf, "md5"), /signed with md5/],
    [new x509.ExpiredError(leaf), /in the chain expired at 2027-01-01T00:00:00Z/],
    [new x509.NotYetValidError(leaf), /in the chain is not valid before 2026-01-01T00:00:00Z/],
    [new x509.NotAnAuthorityError(leaf), /'CN=device\.example' has issued .* is not a CA/],
    [new x509.MayNotSignError(leaf), /keyUsage does not allow that/],
    [new x509.PathLengthError(leaf, 0), /allows at most 0 CAs below it/],
    [
      new x509.UnknownCriticalExtensionError(leaf, ["1.2.3"]),
      /unsupported critical extension: 1\.2\.3/,
    ],
    [
      new x509.UnknownCriticalExtensionError(leaf, ["2.5.29.54", "1.2.3"]),
      /unsupported critical extension: inhibitAnyPolicy \(2\.5\.29\.54\), 1\.2\.3$/,
    ],
    [
      new x509.PurposeNotAllowedError(leaf, ["1.3.6.1.5.5.7.3.3", "1.2.3"]),
      /'CN=device\.example' does not allow codeSigning, 1\.2\.3 \(extendedKeyUsage: serverAuth\)$/,
    ],
    [
      new x509.PurposeNotAllowedError({ ...leaf, extKeyUsage: undefined }, ["1.3.6.1.5.5.7.3.3"]),
      /codeSigning \(no extendedKeyUsage, which counts as serverAuth and clientAuth\)$/,
    ],
    [
      new x509.NameConstraintError(leaf, {
        authority: leaf,
        constrained: "DNS:a",
        problem: "excluded",
      }),
      /has the name DNS:a, which the name constraints of 'CN=device\.example' exclude$/,
    ],
    [
      new x509.NameConstraintError(leaf, {
        authority: leaf,
        constrained: "DNS:a",
        problem: "unsupported",
      }),
      /restrict in a way that certswap cannot check$/,
    ],
    [new x509.BadNameConstraintsError(leaf), /the name constraints of .* are malformed$/],
    [new x509.TooManyNamesError(leaf), /too many names, or/],
    [new device.PurposeLostError("/d/x", ["1.3.6.1.5.5.7.3.2"]), /does not allow clientAuth, but/],
    [new x509.UnusableIssuerKeyError(leaf), /too weak/],
    [new x509.ChainTooLongError(leaf), /too long/],
    [
      new device.CertificateExpiredError("/d/x", at("2026-01-01T00:00:00Z"), at("2026-02-01")),
      /expired at 2026-01-01T00:00:00Z/,
    ],
  ];
}

Deno.test("describe() returns messages without and hints with a full stop", async () => {
  const leaf = readCertificate((await fleet()).first.certificateDer);
  for (const [error, expected] of samples(leaf)) {
    const { message, hint, details } = describe(error);
    assert.match(message, expected);
    assert.doesNotMatch(message, /\.$/, message);
    if (hint !== undefined) assert.match(hint, /[.?]$|openssl|mkdir|--/, hint);
    for (const text of [message, hint ?? "", ...(details ?? [])]) {
      assert.doesNotMatch(text, /undefined|\[object|\n/, text);
    }
  }
});

Deno.test("describe() lists every file that recovery cannot decide about", async () => {
  const leaf = readCertificate((await fleet()).first.certificateDer);
  const found = samples(leaf).find(([error]) =>
    error instanceof transaction.RecoveryUndecidableError
  );
  assert.deepEqual(describe(found?.[0]).details, [
    "/d/key.pem: the new file (--keep old and --keep new are possible)",
    "/d/cert.pem: neither the old nor the new file (neither version can be kept)",
    "/d/all.pem: missing (--keep new is possible)",
    "/d/x.pem: the old file (--keep old is possible)",
    "The journal is /d/.certswap/j. Nothing was changed.",
  ]);
});

Deno.test("didRecover() names the files that recovery was about", () => {
  const report = { targets: ["/d/t"], removed: ["/d/r"], foreign: ["/d/f\n"] };
  const lines = (outcome: Parameters<typeof didRecover>[0]["outcome"]) =>
    didRecover({ ...report, outcome }).join("\n");
  assert.equal(lines("clean"), "");
  assert.match(lines("cleaned"), /^Recovered: removed .*:\n {2}\/d\/r$/);
  assert.match(
    lines("rolled-forward"),
    /^Recovered: finished .*\. The new version .*\n {2}\/d\/t$/,
  );
  assert.match(lines("rolled-back"), /^Recovered: undid .*\. The old version .*\n {2}\/d\/t$/);
  assert.match(lines("dropped"), /^Recovered: .*another program has changed\n {2}\/d\/f\\x0a$/);
});

Deno.test("wouldRecover() names the files that recovery would be about", () => {
  const outlook = { targets: ["/d/t"], leftovers: ["/d/r"] };
  const lines = (outcome: Parameters<typeof wouldRecover>[0]["outcome"]) =>
    wouldRecover({ ...outlook, outcome }).join("\n");
  assert.equal(lines("clean"), "");
  assert.match(lines("cleaned"), /would remove .*\n {2}\/d\/r$/);
  assert.match(lines("rolled-forward"), /would finish .*\n {2}\/d\/t$/);
  assert.match(lines("rolled-back"), /would undo .*\n {2}\/d\/t$/);
  assert.match(lines("dropped"), /would discard .*\n {2}\/d\/t$/);
  assert.match(lines("undecidable"), /--keep old or --keep new.*\n {2}\/d\/t$/);
});
