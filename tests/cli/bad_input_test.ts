/**
 * Bad input: the message names the operation and the object, the exit code is 1 or 2 (4 for a journal that is
 * refused), and nothing is changed. Every test compares all files before and after.
 */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import assert from "node:assert/strict";
import { denoFileSystem, type FileSystem, join } from "../../lib/system/mod.ts";
import { encodeWithChecksum } from "../../lib/transaction/journal.ts";
import { type Device, fleet, withDevice } from "../support/device.ts";
import {
  type AuthorityOptions,
  type IssueOptions,
  makeAuthority,
  type TestPair,
} from "../support/pairs.ts";
import { readTree } from "../support/temporary_directory.ts";
import { refusing, runCli, testSystem } from "../support/test_world.ts";

/** The expected refusal. */
interface Refusal {
  readonly code: string;
  readonly exit?: number;
  readonly message: RegExp;
  readonly hint?: RegExp;
}

/** A device whose first pair is active, and a command line that must be refused. */
interface Case extends Refusal {
  readonly name: string;
  /** Prepares the device. Returns the words after `swap --dir DIR`, and the file system to use. */
  readonly given: (device: Device) => Promise<Given> | Given;
}

interface Given {
  readonly words: readonly string[];
  readonly files?: FileSystem;
  /** Used instead of `swap --dir DIR`. */
  readonly command?: readonly string[];
}

function refuses({ name, given, ...refusal }: Case): void {
  Deno.test(`certswap refuses ${name}`, async () => {
    const { first } = await fleet();
    await withDevice(async (device) => {
      device.activate(first);
      const { words, files, command = ["swap", "--dir", device.tls] } = await given(device);
      const before = readTree(device.root);
      const system = testSystem(files === undefined ? {} : { files });
      const run = await runCli([...command, ...words, "--json"], { system });
      assert.deepEqual(readTree(device.root), before, "something changed");
      check(run, refusal);
    });
  });
}

function check(
  { exit, stdout, stderr }: { exit: number; stdout: string; stderr: string },
  refusal: Refusal,
): void {
  const { error } = JSON.parse(stdout);
  assert.equal(error?.code, refusal.code, stdout);
  assert.match(error.message, refusal.message);
  if (refusal.hint !== undefined) assert.match(error.hint, refusal.hint);
  assert.equal(exit, refusal.exit ?? 1);
  assert.ok(stderr.startsWith(`Error: ${error.message}\n`), stderr);
  assert.doesNotMatch(stderr, /\n\s+at /, "a stack was printed");
}

const give = (device: Device, pair: TestPair): Given => {
  const { certificate, key } = device.give("new", pair);
  return { words: ["--new-cert", certificate, "--new-key", key] };
};

/** A new leaf certificate from the fleet's CA. */
const issued = (options: IssueOptions) => async (device: Device): Promise<Given> =>
  give(device, await (await fleet()).authority.issue(options));

/** The second pair with modified text. */
const altered =
  (alter: (pair: TestPair) => Partial<TestPair>) => async (device: Device): Promise<Given> => {
    const { second } = await fleet();
    return give(device, { ...second, ...alter(second) });
  };

// Content of the files.

refuses({
  name: "a certificate that is not PEM",
  given: altered(() => ({ chainPem: "hello\n" })),
  code: "not-pem",
  message: /new\.pem: not PEM: it contains no line/,
});

refuses({
  name: "a certificate in DER",
  given: async (device) => {
    const given = give(device, (await fleet()).second);
    Deno.writeFileSync(join(device.root, "new.pem"), (await fleet()).second.certificateDer);
    return given;
  },
  code: "not-pem",
  message: /new\.pem: not PEM: it looks like DER/,
  hint: /openssl x509 -inform DER/,
});

refuses({
  name: "an empty certificate file",
  given: altered(() => ({ chainPem: "" })),
  code: "not-pem",
  message: /new\.pem: the file is empty/,
});

refuses({
  name: "a truncated certificate",
  given: altered(({ chainPem }) => ({ chainPem: chainPem.slice(0, 300) })),
  code: "bad-pem",
  message: /new\.pem: malformed PEM in line 1: .*truncated/,
  hint: /Copy the file again/,
});

refuses({
  name: "a truncated key",
  given: altered(({ keyPem }) => ({ keyPem: keyPem.slice(0, 100) })),
  code: "bad-pem",
  message: /new\.key: malformed PEM in line 1: .*truncated/,
});

refuses({
  name: "a certificate file of 100 MB, without reading it",
  given: async (device) => {
    const given = give(device, (await fleet()).second);
    Deno.truncateSync(join(device.root, "new.pem"), 100_000_000);
    return given;
  },
  code: "file-too-large",
  message: /new\.pem is larger than 1024 KiB/,
});

refuses({
  name: "a key file of 100 MB, without reading it",
  given: async (device) => {
    const given = give(device, (await fleet()).second);
    Deno.truncateSync(join(device.root, "new.key"), 100_000_000);
    return given;
  },
  code: "file-too-large",
  message: /new\.key is larger than 64 KiB/,
});

refuses({
  name: "two certificates instead of one",
  given: async (device) => {
    const { second, third } = await fleet();
    return give(device, { ...second, chainPem: second.certificatePem + third.certificatePem });
  },
  code: "unrelated-certificate",
  message: /new\.pem: certificate 2, 'CN=device\.example', is not the issuer of certificate 1/,
});

refuses({
  name: "two self-signed certificates with the same name instead of one",
  given: async (device) => {
    const authority = await makeAuthority({ subject: "CN=device.example" });
    const [one, other] = [await authority.issue(), await authority.issue()];
    return give(device, { ...one, chainPem: one.certificatePem + other.certificatePem });
  },
  code: "unrelated-certificate",
  message: /new\.pem: certificate 2, 'CN=device\.example', is not the issuer of certificate 1/,
});

refuses({
  name: "a key given as the certificate",
  given: altered(({ keyPem }) => ({ chainPem: keyPem })),
  code: "unexpected-pem-block",
  message: /new\.pem: expected a certificate, found a PEM block 'PRIVATE KEY'/,
  hint: /not mixed up/,
});

refuses({
  name: "a request given as the certificate",
  given: altered(({ chainPem }) => ({
    chainPem: chainPem.replaceAll(" CERTIFICATE-----", " CERTIFICATE REQUEST-----"),
  })),
  code: "unexpected-pem-block",
  message: /new\.pem: expected a certificate, found a PEM block 'CERTIFICATE REQUEST'/,
  hint: /^Give the certificate that the CA issued for this request\.$/,
});

refuses({
  name: "a certificate given as the key",
  given: altered(({ chainPem }) => ({ keyPem: chainPem })),
  code: "unexpected-pem-block",
  message: /new\.key: expected a private key, found a PEM block 'CERTIFICATE'/,
});

refuses({
  name: "two keys instead of one",
  given: async (device) => {
    const { second, third } = await fleet();
    return give(device, { ...second, keyPem: second.keyPem + third.keyPem });
  },
  code: "several-private-keys",
  message: /new\.key: contains 2 private keys, expected one/,
});

refuses({
  name: "an encrypted key",
  given: altered(({ keyPem }) => ({
    keyPem: keyPem.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
  })),
  code: "encrypted-private-key",
  message: /new\.key: the private key is encrypted/,
  hint: /openssl pkey/,
});

refuses({
  name: "the key of another pair",
  given: async (device) => {
    const { second, third } = await fleet();
    return give(device, { ...second, keyPem: third.keyPem });
  },
  code: "key-mismatch",
  message: /the key .*new\.key does not match the certificate .*new\.pem/,
});

// Content of the certificate.

refuses({
  name: "an expired certificate",
  given: issued({ notAfter: new Date("2026-05-31T00:00:00Z") }),
  code: "certificate-expired",
  message: /new\.pem expired at 2026-05-31T00:00:00Z/,
  hint: /This device's clock says 2026-06-01T12:00:00Z/,
});

refuses({
  name: "a certificate that expires within the hour",
  given: issued({ notAfter: new Date("2026-06-01T12:59:00Z") }),
  code: "certificate-expires-soon",
  message: /new\.pem expires in less than 1 hour, at 2026-06-01T12:59:00Z/,
});

refuses({
  name: "a certificate of an hour that expires within six minutes",
  given: issued({
    notBefore: new Date("2026-06-01T11:05:59Z"),
    notAfter: new Date("2026-06-01T12:05:59Z"),
  }),
  code: "certificate-expires-soon",
  message: /new\.pem expires in less than 6 minutes, at 2026-06-01T12:05:59Z/,
  hint: /at least an hour must be left, or a tenth of the lifetime if that is less/,
});

refuses({
  name: "a certificate that is not yet valid",
  given: issued({ notBefore: new Date("2026-06-01T12:00:01Z") }),
  code: "certificate-not-yet-valid",
  message: /new\.pem is not valid before 2026-06-01T12:00:01Z/,
  hint: /Correct the clock, or wait/,
});

refuses({
  name: "a CA certificate as leaf",
  given: async (device) => {
    const authority = await makeAuthority();
    return give(device, {
      ...(await fleet()).second,
      chainPem: authority.certificatePem,
      keyPem: authority.keyPem,
    });
  },
  code: "authority-as-leaf",
  message: /new\.pem is a self-signed certificate marked as a CA/,
});

refuses({
  name: "an unknown critical extension",
  given: issued({ extensions: [new x509.Extension("1.2.3.4", true, new Uint8Array([5, 0]))] }),
  code: "critical-extension",
  message: /new\.pem has an unsupported critical extension: 1\.2\.3\.4/,
});

refuses({
  name: "a critical policyConstraints extension, and names it",
  given: issued({ extensions: [new x509.Extension("2.5.29.36", true, new Uint8Array([0x30, 0]))] }),
  code: "critical-extension",
  message: /unsupported critical extension: policyConstraints \(2\.5\.29\.36\)/,
});

/** A leaf certificate followed by its issuer, or by another CA of the same name. */
const servedWith = (
  middleOptions: AuthorityOptions,
  options: { readonly isOther?: boolean } = {},
) =>
async (device: Device): Promise<Given> => {
  const root = await makeAuthority();
  const middle = await root.subordinate(middleOptions);
  const pair = await middle.issue({ notBefore: new Date("2026-02-01T00:00:00Z") });
  const other = options.isOther ? await root.subordinate(middleOptions) : middle;
  // With the anchors alone, the leaf could be verified through another chain than the one served.
  const trust = join(device.root, "trust.pem");
  Deno.writeTextFileSync(trust, middle.certificatePem + root.certificatePem);
  const { words } = give(device, { ...pair, chainPem: pair.certificatePem + other.certificatePem });
  return { words: [...words, "--trust", trust] };
};

/** The same without trust anchors. */
const untrusted = (given: (device: Device) => Promise<Given>) => async (device: Device) => ({
  words: (await given(device)).words.slice(0, -2),
});

const wrongKey = {
  given: servedWith({}, { isOther: true }),
  code: "chain-bad-signature",
  message:
    /new\.pem: the signature on 'CN=device\.example' was not made with the key of 'CN=Test Intermediate/,
};

refuses({ name: "a CA with the right name and the wrong key, despite trust anchors", ...wrongKey });
refuses({
  name: "a CA with the right name and the wrong key, without trust anchors",
  ...wrongKey,
  given: untrusted(wrongKey.given),
});

refuses({
  name: "an expired CA in the chain, without trust anchors",
  given: untrusted(servedWith({ notAfter: new Date("2026-05-31T00:00:00Z") })),
  code: "chain-expired",
  message:
    /new\.pem: 'CN=Test Intermediate,O=Example' in the chain expired at 2026-05-31T00:00:00Z/,
});

const isAuthority = new x509.BasicConstraintsExtension(true, undefined, true);
const { serverAuth, clientAuth, codeSigning } = x509.ExtendedKeyUsage;

refuses({
  name: "a name that the CA may not certify",
  given: servedWith({
    extensions: [
      isAuthority,
      // permittedSubtrees: DNS:test
      new x509.Extension("2.5.29.30", true, Uint8Array.fromHex("300aa0083006820474657374")),
    ],
  }),
  code: "chain-name-constraint",
  message:
    /has the name DNS:device\.example, which the name constraints of 'CN=Test Inter.*' do not permit/,
  hint: /CA that may certify this name/,
});

refuses({
  name: "a purpose that the CA may not certify",
  given: servedWith({
    extensions: [isAuthority, new x509.ExtendedKeyUsageExtension([clientAuth])],
  }),
  code: "chain-purpose-not-allowed",
  message:
    /'CN=Test Intermediate,O=Example' does not allow serverAuth, clientAuth \(extendedKeyUsage: clientAuth\)/,
  hint: /--purpose/,
});

refuses({
  name: "a certificate for neither TLS servers nor TLS clients",
  given: issued({ purposes: [codeSigning], notBefore: new Date("2026-02-01T00:00:00Z") }),
  code: "chain-purpose-not-allowed",
  message:
    /'CN=device\.example' does not allow serverAuth, clientAuth \(extendedKeyUsage: codeSigning\)/,
  hint: /--purpose/,
});

refuses({
  name: "a certificate without a purpose of the active one",
  given: issued({ purposes: [clientAuth], notBefore: new Date("2026-02-01T00:00:00Z") }),
  code: "purpose-lost",
  message: /new\.pem does not allow serverAuth, but the active one does/,
  hint: /--purpose/,
});

refuses({
  name: "a certificate without a purpose given with --purpose",
  given: async (device) => {
    const { words } = await issued({ purposes: [serverAuth] })(device);
    return { words: [...words, "--purpose", "serverAuth,clientAuth"] };
  },
  code: "chain-purpose-not-allowed",
  message: /'CN=device\.example' does not allow clientAuth \(extendedKeyUsage: serverAuth\)/,
});

refuses({
  name: "a certificate whose key may not sign in a handshake",
  given: issued({ keyUsage: x509.KeyUsageFlags.keyEncipherment }),
  code: "chain-unsuitable-key-usage",
  message:
    /keyUsage of 'CN=device\.example' \(keyEncipherment\) does not allow .* needs digitalSignature/,
});

refuses({
  name: "a chain that does not lead to the anchor",
  given: async (device) => {
    const other = await makeAuthority({ subject: "CN=Another Root" });
    const trust = join(device.root, "trust.pem");
    Deno.writeTextFileSync(trust, other.certificatePem);
    const { words } = give(device, (await fleet()).second);
    return { words: [...words, "--trust", trust] };
  },
  code: "chain-issuer-not-found",
  message: /new\.pem: the chain does not lead to a trust anchor.*CN=Test Root,O=Example/,
  hint: /--trust/,
});

refuses({
  name: "a chain whose issuer only has the name of the anchor",
  given: async (device) => {
    const impostor = await makeAuthority();
    const trust = join(device.root, "trust.pem");
    Deno.writeTextFileSync(trust, impostor.certificatePem);
    const { words } = give(device, (await fleet()).second);
    return { words: [...words, "--trust", trust] };
  },
  code: "chain-bad-signature",
  message:
    /new\.pem: the signature on 'CN=device\.example' was not made with the key of 'CN=Test Root/,
});

refuses({
  name: "trust anchors that are not PEM",
  given: async (device) => {
    Deno.writeTextFileSync(join(device.root, "trust.pem"), "hello");
    const { words } = give(device, (await fleet()).second);
    return { words: [...words, "--trust", join(device.root, "trust.pem")] };
  },
  code: "not-pem",
  message: /trust\.pem: not PEM/,
});

refuses({
  name: "another subject",
  given: issued({ subject: "CN=other.example", notBefore: new Date("2026-02-01T00:00:00Z") }),
  code: "identity-changed",
  message: /new\.pem has a different identity from the active certificate/,
  hint: /--allow-identity-change/,
});

refuses({
  name: "a certificate that lacks a name of the active one",
  given: issued({ names: ["DNS:other.example"], notBefore: new Date("2026-02-01T00:00:00Z") }),
  code: "identity-changed",
  message: /a different identity/,
});

refuses({
  name: "a certificate older than the active one",
  given: issued({ notBefore: new Date("2025-12-01T00:00:00Z") }),
  code: "older-than-active",
  message: /valid from 2025-12-01T00:00:00Z\) is older than the active one \(from 2026-01-01T00/,
  hint: /--allow-older/,
});

// Files at the paths.

refuses({
  name: "a new certificate that is missing",
  given: async (device) => {
    const given = give(device, (await fleet()).second);
    Deno.removeSync(join(device.root, "new.pem"));
    return given;
  },
  code: "file-system",
  message: /cannot find .*new\.pem: no such file or directory/,
});

refuses({
  name: "a directory as new key",
  given: async (device) => {
    const given = give(device, (await fleet()).second);
    Deno.removeSync(join(device.root, "new.key"));
    Deno.mkdirSync(join(device.root, "new.key"));
    return given;
  },
  code: "wrong-file-kind",
  message: /new\.key is a directory, expected a regular file/,
});

refuses({
  name: "a directory at the path of the active certificate",
  given: async (device) => {
    Deno.removeSync(device.paths.certificate);
    Deno.mkdirSync(device.paths.certificate);
    return give(device, (await fleet()).second);
  },
  code: "wrong-file-kind",
  message: /cert\.pem is a directory, expected a regular file/,
});

refuses({
  name: "a dangling link at the path of the active key",
  given: async (device) => {
    Deno.removeSync(device.paths.key);
    Deno.symlinkSync("nowhere.pem", device.paths.key);
    return give(device, (await fleet()).second);
  },
  code: "dangling-link",
  message: /key\.pem is a symbolic link, and its target does not exist/,
});

refuses({
  name: "a looping link at the path of the active certificate",
  given: async (device) => {
    Deno.removeSync(device.paths.certificate);
    Deno.symlinkSync("cert.pem", device.paths.certificate);
    return give(device, (await fleet()).second);
  },
  code: "link-loop",
  message: /cert\.pem is part of a symbolic link loop/,
});

refuses({
  name: "a pair in a directory that is missing",
  given: async (device) => ({
    ...give(device, (await fleet()).second),
    command: ["swap", "--dir", join(device.root, "missing")],
  }),
  code: "missing-directory",
  message: /cannot use .*missing\/cert\.pem: directory .*missing does not exist/,
});

refuses({
  name: "one file given as certificate and as key",
  given: async (device) => ({
    ...give(device, (await fleet()).second),
    command: ["swap", "--cert", device.paths.key, "--key", device.paths.key],
  }),
  code: "same-path",
  exit: 2,
  message: /key\.pem is given twice: as the certificate and as the key/,
  hint: /--combined/,
});

refuses({
  name: "a pending file given as the active one",
  given: async (device) => ({
    ...give(device, (await fleet()).second),
    command: [
      "swap",
      "--cert",
      join(device.tls, ".cert.pem.certswap.pending"),
      "--key",
      device.paths.key,
    ],
  }),
  code: "reserved-path",
  exit: 2,
  message: /is a name that certswap reserves for its own files/,
});

refuses({
  name: "a swap without a pending pair",
  given: () => ({ words: [] }),
  code: "no-pending-pair",
  message: /there is no pending pair for .*cert\.pem/,
  hint: /certswap stage/,
});

refuses({
  name: "a rollback without a previous pair",
  given: (device) => ({ words: [], command: ["rollback", "--dir", device.tls] }),
  code: "no-previous-pair",
  message: /there is no previous pair for .*cert\.pem/,
  hint: /--keep-previous/,
});

// Refusals by the operating system.

const changes = ["create", "mkdir", "rename", "link", "unlink"];

for (
  const [name, errno, message, hint] of [
    ["a directory without write permission", "EACCES", /permission denied/, /as root/],
    ["a read-only file system", "EROFS", /read-only file system/, /Remount/],
    ["a disk without space", "ENOSPC", /no space left on device/, /Free some space/],
  ] as const
) {
  refuses({
    name,
    given: async (device) => ({
      ...give(device, (await fleet()).second),
      files: refusing(
        denoFileSystem,
        (operation) => changes.includes(operation) ? errno : undefined,
      ),
    }),
    code: "file-system",
    message,
    hint,
  });
}

for (
  const [name, info, message] of [
    ["that belongs to someone else", { uid: 4242 }, /\.certswap belongs to another user/],
    ["that others can write", { mode: 0o777 }, /\.certswap can be written by other users/],
  ] as const
) {
  refuses({
    name: `a .certswap directory ${name}`,
    given: async (device) => {
      const stateDirectory = join(device.tls, ".certswap");
      Deno.mkdirSync(stateDirectory, { mode: 0o700 });
      const stat: FileSystem["stat"] = (path) => ({
        ...denoFileSystem.stat(path),
        ...(path === stateDirectory ? info : {}),
      });
      return {
        ...give(device, (await fleet()).second),
        files: { ...denoFileSystem, stat },
      };
    },
    code: "untrusted-state",
    message,
    exit: 4,
  });
}

// A journal that is refused.

/** A journal that would remove a file, valid except for what the test changes. */
const journal = ({ version = 1, target }: { version?: number; target: string }) =>
  encodeWithChecksum(
    JSON.stringify({
      format: "certswap journal",
      version,
      entries: [{ kind: "remove", target, old: "0".repeat(64) }],
    }) + "\n",
  );

const journals: [string, (device: Device) => Promise<Uint8Array>, number, RegExp][] = [
  [
    "that is torn",
    async ({ paths }) => (await journal({ target: paths.key })).subarray(0, -10),
    0o600,
    /cert\.pem\.journal is corrupt or incomplete: its checksum does not match/,
  ],
  [
    "that is forged",
    async ({ paths }) => (await journal({ target: paths.key })).with(-2, 0x78),
    0o600,
    /is corrupt or incomplete: its checksum does not match/,
  ],
  [
    "of another version",
    ({ paths }) => journal({ version: 3, target: paths.key }),
    0o600,
    /was written by a newer version of certswap, in format 3/,
  ],
  [
    "that names a file which is not ours",
    () => journal({ target: "/etc/passwd" }),
    0o600,
    /names a file that this command does not manage: \/etc\/passwd/,
  ],
  [
    "that others can write",
    ({ paths }) => journal({ target: paths.key }),
    0o666,
    /can be written by other users/,
  ],
  [
    "that is all NUL bytes",
    () => Promise.resolve(new Uint8Array(512)),
    0o600,
    /is corrupt/,
  ],
];

for (const [name, content, mode, message] of journals) {
  for (const command of ["swap", "recover"]) {
    refuses({
      name: `to obey a journal ${name} (${command}), and asks for a person`,
      given: async (device) => {
        Deno.mkdirSync(join(device.tls, ".certswap"), { mode: 0o700 });
        const path = join(device.tls, ".certswap/cert.pem.journal");
        Deno.writeFileSync(path, await content(device));
        Deno.chmodSync(path, mode);
        // Normally certswap creates the lock file. Here it already exists.
        Deno.writeTextFileSync(join(device.tls, ".certswap/cert.pem.lock"), "", { mode: 0o600 });
        return {
          words: command === "swap" ? give(device, (await fleet()).second).words : [],
          command: [command, "--dir", device.tls],
        };
      },
      code: "journal-refused",
      exit: 4,
      message,
    });
  }
}

Deno.test("certswap says which names are missing, and which subject was asked for", async () => {
  const { authority, first } = await fleet();
  const pair = await authority.issue({ subject: "CN=evil\x1b[31m", names: ["DNS:other.example"] });
  await withDevice(async (device) => {
    device.activate(first);
    const { words } = give(device, pair);
    const { stderr } = await runCli(["swap", "--dir", device.tls, ...words]);
    assert.match(stderr, /active subject: CN=device\.example/);
    assert.match(stderr, /new subject: {4}CN=evil\\1B\[31m/);
    assert.match(stderr, /missing name: {3}DNS:device\.example/);
  });
});
