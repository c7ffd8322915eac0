/** What the messages about PKCS#12 and copies of a pair say. */
import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { BrokenActivePairError } from "../../../lib/device/errors.ts";
import * as output from "../../../lib/device/output/errors.ts";
import * as outputs from "../../../lib/device/pair/outputs/errors.ts";
import { SecretFileError } from "../../../lib/system/mod.ts";
import * as pkcs12 from "../../../lib/protocol/pkcs12/errors.ts";
import type { CertswapError } from "../../../lib/system/mod.ts";

const passwordFile = (reason: SecretFileError["reason"], mode?: number): CertswapError =>
  new SecretFileError({ path: "/d/pw", kind: "password" }, { reason, mode });

const samples: readonly (readonly [CertswapError, RegExp, RegExp | undefined])[] = [
  [new pkcs12.NotPkcs12Error("nothing"), /^the file is empty$/, undefined],
  [new pkcs12.NotPkcs12Error("pem"), /a PEM file/, /--new-cert and --new-key/],
  [new pkcs12.NotPkcs12Error("base64"), /in base64/, /umask 077; base64 -d/],
  [new pkcs12.NotPkcs12Error("pkcs7"), /PKCS#7/, /openssl pkcs7/],
  [new pkcs12.NotPkcs12Error("java-keystore"), /JKS/, /keytool -importkeystore/],
  [new pkcs12.NotPkcs12Error("certificate"), /a certificate or a key/, /openssl x509/],
  [new pkcs12.NotPkcs12Error("other"), /^not a PKCS#12 file$/, undefined],
  ...([
    "version",
    "salt-length",
    "key-length",
    "iv-length",
    "iteration-count",
    "encrypted-data-version",
    "too-many-bags",
    "bags-nested-too-deep",
    "too-many-certificates",
  ] as const).map((problem) =>
    [
      new pkcs12.BadPkcs12Error(problem),
      /^not a usable PKCS#12 file: \w+ .*\w$/,
      /compare its size/,
    ] as const
  ),
  [new pkcs12.BadPkcs12Error("cannot-decrypt"), /the password matches, but/, /one password/],
  [
    new pkcs12.WrongPasswordError({ isEmpty: false, hasMac: true }),
    /^wrong password$/,
    /openssl pkcs12 -in FILE -noout -passin file:/,
  ],
  [
    new pkcs12.WrongPasswordError({ isEmpty: true, hasMac: false }),
    /^wrong password: the first line .* is empty, or the file is corrupt/,
    /first line/,
  ],
  [new pkcs12.UnsupportedPkcs12Error("RC2-40", "encryption"), /encrypted with RC2-40/, /-legacy/],
  [new pkcs12.UnsupportedPkcs12Error("MD5", "integrity"), /protected by MD5/, /-legacy/],
  [
    new pkcs12.TooManyIterationsError(1_000_000),
    /more iterations to derive its key than the limit of 1,000,000/,
    /-iter 100000/,
  ],
  [new pkcs12.Pkcs12WithoutKeyError(1), /only 1 certificate$/, /Export/],
  [new pkcs12.Pkcs12SeveralKeysError(2, ["a"]), /2 private keys/, /-srcalias/],
  [new pkcs12.Pkcs12WithoutCertificateError(0), /\(no certificate\)/, /issued for this key/],
  [new pkcs12.Pkcs12WithoutCertificateError(2), /only 2 other certificates/, /this key/],
  [passwordFile("readable", 0o644), /other users can read or change it \(mode 0644\)/, /chmod 600/],
  [passwordFile("stream"), /not a regular file/, /umask 077/],
  [passwordFile("too-long"), /longer than 1024 bytes/, undefined],
  [passwordFile("nul"), /a NUL byte/, /UTF-16/],
  [new output.NothingToExportError("/d/c.pem"), /c\.pem and its key do not exist/, /swap/],
  [
    new output.NothingToExportError(
      "/d/c.pem",
      new BrokenActivePairError("/d/c.pem", "key-missing"),
    ),
    /^cannot export the pair: .*the key is missing/,
    /certswap swap/,
  ],
  [new output.OutputInTheWayError("/d/o", "pair"), /a file of the pair itself/, /--out/],
  [new output.OutputInTheWayError("/d/o", "trust"), /the file of trust anchors/, /--out/],
  [new output.OutputInTheWayError("/d/o", "password"), /the password file/, /--out/],
  [new outputs.DerHoldsOneError(3), /not 3/, /--format pem/],
  [new output.EmptyOutputError("/d/c.pem"), /no intermediates/, /--contains chain/],
];

for (const [index, [error, message, hint]] of samples.entries()) {
  Deno.test(`message ${index} about PKCS#12 says what happened, and what to do: ${error.code}`, () => {
    const text = describe(error);
    assert.equal(text.code, error.code);
    assert.match(text.message, message);
    if (hint === undefined) assert.equal(text.hint, undefined);
    else assert.match(text.hint ?? "", hint);
  });
}

Deno.test("friendlyNames of a file are escaped, and at most sixteen are told", () => {
  const names = ["\u001b[31mred", ...Array.from({ length: 40 }, (_, index) => `name ${index}`)];
  const { details = [] } = describe(new pkcs12.Pkcs12SeveralKeysError(41, names));
  assert.equal(details.length, 16);
  assert.ok(!details.join("").includes("\u001b"));
});
