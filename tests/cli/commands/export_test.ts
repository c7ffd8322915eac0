/** `certswap export`: copies of the active pair, and what is refused. */
import assert from "node:assert/strict";
import { pairOf, readPkcs12 } from "../../../lib/protocol/pkcs12/mod.ts";
import { denoFileSystem, type FileSystem, FileSystemError, join } from "../../../lib/system/mod.ts";
import { type Device, fleet, withDevice } from "../../support/device.ts";
import { makeAuthority, type TestPair } from "../../support/pairs.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { type Run, runCli, type RunOptions, testSystem } from "../../support/test_world.ts";

const password = "correct horse \u00e4 battery";

/** A device with an active pair, a password file, and a way to export. */
interface Exporter {
  readonly device: Device;
  readonly pair: TestPair;
  readonly passwordFile: string;
  path(name: string): string;
  run(words: readonly string[], options?: RunOptions): Promise<Run>;
  mode(name: string): number;
}

const root = await makeAuthority();
const below = await root.subordinate();
const pairWithChain = await below.issue();

async function withExporter(work: (exporter: Exporter) => Promise<void>): Promise<void> {
  await withDevice(async (device) => {
    device.activate(pairWithChain);
    const path = (name: string) => join(device.root, name);
    const passwordFile = path("password");
    Deno.writeTextFileSync(passwordFile, `${password}\na comment\n`, { mode: 0o600 });
    Deno.writeTextFileSync(path("ca.pem"), root.certificatePem);
    await work({
      device,
      pair: pairWithChain,
      passwordFile,
      path,
      run: (words, options) => runCli(["export", "--dir", device.tls, ...words], options),
      mode: (name) => (Deno.statSync(path(name)).mode ?? 0) & 0o7777,
    });
  });
}

const bytes = (text: string) => new TextEncoder().encode(text);

for (const profile of [undefined, "modern", "legacy"] as const) {
  Deno.test(`export writes key and chain as PKCS#12, ${profile ?? "by default"}`, async () => {
    await withExporter(async ({ pair, passwordFile, path, run, mode }) => {
      const { exit, stdout, stderr } = await run([
        ...["--format", "pkcs12", "--out", path("web.p12"), "--password-file", passwordFile],
        ...["--friendly-name", "web"],
        ...(profile === undefined ? [] : ["--profile", profile]),
      ]);
      assert.equal(exit, 0, stderr);
      assert.match(stdout, /^Pair exported successfully\.\n {2}Subject: +CN=device\.example\n/);
      assert.match(stdout, /\n {2}Contains: +key, chain\n {2}Mode: +0600\n$/);
      assert.equal(mode("web.p12"), 0o600);
      const file = Deno.readFileSync(path("web.p12"));
      const content = await readPkcs12(file, bytes(password));
      const { key, leaf, chain } = await pairOf(content);
      assert.deepEqual(key.pkcs8, pair.pkcs8);
      assert.deepEqual([leaf, ...chain].map(({ der }) => der), [
        pair.certificateDer,
        below.certificateDer,
      ]);
      assert.equal(content.certificates[0]?.friendlyName, "web");
      // The cipher of the profile, by its object identifier.
      const aes256 = "60864801650304012a";
      const tripleDes = "2a864886f70d010c0103";
      const hex = file.toHex();
      assert.deepEqual(
        [hex.includes(aes256), hex.includes(tripleDes)],
        profile === "legacy" ? [false, true] : [true, false],
      );
      assert.doesNotMatch(stdout + stderr, /correct horse|PRIVATE KEY/);
    });
  });
}

Deno.test("export writes the parts as PEM in the order given, secret if one is the key", async () => {
  await withExporter(async ({ pair, path, run, mode }) => {
    const { certificatePem, keyPem, chainPem } = pair;
    for (
      const [parts, content, expected] of [
        ["key,chain", keyPem + chainPem, 0o600],
        ["chain,key", chainPem + keyPem, 0o600],
        ["certificate", certificatePem, 0o644],
        ["intermediates,certificate", below.certificatePem + certificatePem, 0o644],
        ["chain,trust", chainPem + root.certificatePem, 0o644],
        ["key", keyPem, 0o600],
      ] as const
    ) {
      const { exit, stderr } = await run([
        ...["--format", "pem", "--contains", parts, "--out", path("copy.pem")],
        ...(parts.includes("trust") ? ["--trust", path("ca.pem")] : []),
      ]);
      assert.equal(exit, 0, stderr);
      assert.equal(Deno.readTextFileSync(path("copy.pem")), content, parts);
      assert.equal(mode("copy.pem"), expected, parts);
    }
  });
});

Deno.test("certswap export writes one key or one certificate as DER", async () => {
  await withExporter(async ({ pair, path, run }) => {
    for (
      const [part, der] of [
        ["key", pair.pkcs8],
        ["certificate", pair.certificateDer],
        ["intermediates", below.certificateDer],
        ["trust", root.certificateDer],
      ] as const
    ) {
      const { exit, stderr } = await run([
        ...["--format", "der", "--contains", part, "--out", path("copy.der")],
        ...["--trust", path("ca.pem")],
      ]);
      assert.equal(exit, 0, stderr);
      assert.deepEqual(Deno.readFileSync(path("copy.der")), der);
    }
    const { exit, stderr } = await run([
      ...["--format", "der", "--contains", "chain", "--out", path("two.der")],
    ]);
    assert.equal(exit, 1);
    assert.match(stderr, /a DER file holds one key or one certificate, not 2/);
  });
});

Deno.test("certswap export --name takes the pair and its trust anchors from the configuration", async () => {
  await withExporter(async ({ device, path }) => {
    const configuration = path("certswap.toml");
    Deno.writeTextFileSync(
      configuration,
      `[pair.web]\ndir = "${device.tls}"\nsubject = "CN=device.example"\n` +
        `trust = "${path("ca.pem")}"\nissuer = { kind = "command", command = ["/bin/false"] }\n`,
      { mode: 0o600 },
    );
    const line = ["export", "--name", "web", "--config", configuration, "--format", "pem"];
    const { exit, stderr } = await runCli([
      ...[...line, "--contains", "trust", "--out", path("trust.pem")],
    ]);
    assert.equal(exit, 0, stderr);
    assert.equal(Deno.readTextFileSync(path("trust.pem")), root.certificatePem);
  });
});

Deno.test("certswap export --json says what was written, and with --dry-run what would be", async () => {
  await withExporter(async ({ path, run }) => {
    const line = [
      "--format",
      "pem",
      "--contains",
      "key,chain",
      "--out",
      path("copy.pem"),
      "--json",
    ];
    const planned = JSON.parse((await run([...line, "--dry-run"])).stdout);
    assert.deepEqual(planned.changes, [{ action: "create", path: path("copy.pem") }]);
    assert.throws(() => Deno.statSync(path("copy.pem")), Deno.errors.NotFound);
    const { certificate, ...written } = JSON.parse((await run(line)).stdout);
    assert.deepEqual(written, {
      dryRun: false,
      path: path("copy.pem"),
      contains: ["key", "chain"],
      mode: "0600",
      warnings: [],
    });
    assert.deepEqual(certificate, planned.certificate);
    const again = JSON.parse((await run([...line, "--dry-run"])).stdout);
    assert.deepEqual(again.changes, [{ action: "replace", path: path("copy.pem") }]);
  });
});

Deno.test("certswap export follows a link to its file, and keeps the link", async () => {
  await withExporter(async ({ path, run, mode }) => {
    Deno.writeTextFileSync(path("old.pem"), "old", { mode: 0o644 });
    Deno.symlinkSync("old.pem", path("link.pem"));
    const { exit } = await run(["--format", "pem", "--contains", "key", "--out", path("link.pem")]);
    assert.equal(exit, 0);
    assert.ok(Deno.lstatSync(path("link.pem")).isSymlink);
    assert.equal(mode("old.pem"), 0o600);
  });
});

/** Runs a line that is refused, and insists that it has changed nothing. */
async function refused(
  { device, run }: Exporter,
  words: readonly string[],
  options?: RunOptions,
): Promise<{ readonly exit: number; readonly stderr: string }> {
  const before = readTree(device.root);
  const { exit, stdout, stderr } = await run(words, options);
  assert.notEqual(exit, 0, words.join(" "));
  assert.equal(stdout, "");
  assert.match(stderr, /^Error: /);
  assert.deepEqual(readTree(device.root), before);
  return { exit, stderr };
}

for (
  const [words, expected] of [
    [["--format", "pkcs12"], /--password-file is missing: PKCS#12 is encrypted/],
    [["--format", "pem"], /--contains is missing/],
    [["--format", "jks", "--contains", "key"], /--format cannot be 'jks'/],
    [["--contains", "key"], /--format is required/],
    [["--format", "pem", "--contains", "kee"], /--contains cannot be 'kee'/],
    [["--format", "pem", "--contains", "key,key"], /'key' is in --contains twice/],
    [
      ["--format", "pem", "--contains", "chain,certificate"],
      /'chain' already includes 'certificate'/,
    ],
    [["--format", "pem", "--contains", "trust"], /--trust is missing: --contains has 'trust'/],
    [["--format", "pem", "--contains", "key", "--profile", "legacy"], /--format pkcs12 only/],
    [["--format", "der", "--contains", "key", "--password-file", "x"], /--format pkcs12 only/],
    [["--format", "pkcs12", "--friendly-name", ""], /the name is empty/],
    [["--format", "pkcs12", "--friendly-name", "a\nb"], /control character/],
    [["--format", "pkcs12", "--friendly-name", "a".repeat(256)], /more than 255 characters/],
  ] as const
) {
  Deno.test(`certswap export ${JSON.stringify(words)} is a usage error`, async () => {
    await withExporter(async (exporter) => {
      const { exit, stderr } = await refused(exporter, [
        ...[...words, "--out", exporter.path("copy")],
      ]);
      assert.equal(exit, 2);
      assert.match(stderr, expected);
    });
  });
}

const pem = (out: string) => ["--format", "pem", "--contains", "key,chain", "--out", out];

Deno.test("certswap export never writes onto a file of the pair, its anchors or the password", async () => {
  await withExporter(async (exporter) => {
    const { device: { paths }, path, passwordFile } = exporter;
    Deno.symlinkSync(paths.key, path("link"));
    Deno.symlinkSync(passwordFile, path("link2"));
    const withPassword = ["--format", "pkcs12", "--password-file", passwordFile, "--out"];
    for (
      const [words, expected] of [
        [pem(paths.key), /it is a file of the pair itself/],
        [pem(paths.certificate), /it is a file of the pair itself/],
        [pem(path("link")), /it is a file of the pair itself/],
        [[...pem(path("ca.pem")), "--trust", path("ca.pem")], /it is the file of trust anchors/],
        [[...withPassword, passwordFile], /it is the password file/],
        [[...withPassword, path("link2")], /it is the password file/],
        [pem(path("tls/.key.pem.certswap.pending")), /certswap reserves for its own/],
        [pem(path("tls/.certswap/cert.pem.state")), /does not exist/],
        [pem(path("nowhere/copy")), /does not exist/],
        [pem(path("tls")), /is a directory/],
      ] as const
    ) {
      assert.match((await refused(exporter, words)).stderr, expected);
    }
    const combined = path("all.pem");
    const { stderr } = await refused(exporter, [...pem(combined), "--combined", combined]);
    assert.match(stderr, /it is a file of the pair itself/);
  });
});

Deno.test("certswap export writes nothing into a place that others can change", async () => {
  await withExporter(async (exporter) => {
    for (const mode of [0o777, 0o1777]) {
      Deno.mkdirSync(exporter.path("open"), { recursive: true });
      Deno.chmodSync(exporter.path("open"), mode);
      const { stderr } = await refused(exporter, pem(exporter.path("open/copy")));
      assert.match(stderr, /other users can replace files in .*open/);
    }
  });
});

for (
  const [what, spoil, expected] of [
    ["readable by others", (path: string) => Deno.chmodSync(path, 0o604), /other users can read/],
    [
      "writable by a group",
      (path: string) => Deno.chmodSync(path, 0o620),
      /other users can write to it/,
    ],
    ["missing", (path: string) => Deno.removeSync(path), /no such file/],
    ["with a NUL byte", (path: string) => Deno.writeTextFileSync(path, "s\0e\0"), /a NUL byte/],
    ["too long", (path: string) => Deno.writeTextFileSync(path, "a".repeat(1025)), /1024 bytes/],
    [
      "a directory",
      (path: string) => (Deno.removeSync(path), Deno.mkdirSync(path)),
      /password is a directory/,
    ],
  ] as const
) {
  Deno.test(`a password file that is ${what} is refused`, async () => {
    await withExporter(async (exporter) => {
      const { passwordFile, path } = exporter;
      spoil(passwordFile);
      const words = ["--format", "pkcs12", "--password-file", passwordFile, "--out", path("copy")];
      const { exit, stderr } = await refused(exporter, words);
      assert.equal(exit, 1);
      assert.match(stderr, expected);
    });
  });
}

Deno.test("a password from a pipe is refused: it has no owner and no mode", async () => {
  await withExporter(async (exporter) => {
    for (const stream of ["/dev/stdin", "/dev/fd/63"]) {
      const words = ["--format", "pkcs12", "--password-file", stream];
      const { stderr } = await refused(exporter, [...words, "--out", exporter.path("copy")]);
      assert.match(stderr, /it is not a regular file/);
    }
  });
});

Deno.test("an empty password, and one that ends in CR LF, open the file", async () => {
  await withExporter(async ({ passwordFile, path, run }) => {
    for (const [line, expected] of [["\n", ""], ["", ""], ["a b \r\nx", "a b "]] as const) {
      Deno.writeTextFileSync(passwordFile, line);
      const words = ["--format", "pkcs12", "--password-file", passwordFile, "--out", path("copy")];
      assert.equal((await run(words)).exit, 0);
      await readPkcs12(Deno.readFileSync(path("copy")), bytes(expected));
    }
  });
});

Deno.test("certswap export refuses a pair that is missing, mismatched, unreadable or expired", async () => {
  const { second } = await fleet();
  for (
    const [spoil, expected] of [
      [
        ({ paths }: Device) => (Deno.removeSync(paths.key), Deno.removeSync(paths.certificate)),
        /cert\.pem and its key do not exist/,
      ],
      [({ paths }: Device) => Deno.removeSync(paths.key), /the key is missing/],
      [
        ({ paths }: Device) => Deno.writeTextFileSync(paths.key, second.keyPem),
        /the key does not match the certificate/,
      ],
      [({ paths }: Device) => Deno.writeTextFileSync(paths.key, "no key"), /cannot be read/],
    ] as const
  ) {
    await withExporter(async (exporter) => {
      spoil(exporter.device);
      const { exit, stderr } = await refused(exporter, pem(exporter.path("copy")));
      assert.equal(exit, 1);
      assert.match(stderr, /^Error: cannot export the pair: /);
      assert.match(stderr, expected);
    });
  }
  await withExporter(async (exporter) => {
    const system = testSystem({ now: new Date("2027-06-01T12:00:00Z") });
    const { stderr } = await refused(exporter, pem(exporter.path("copy")), { system });
    assert.match(stderr, /cert\.pem expired at 2027-01-01T00:00:00Z/);
  });
});

/** A file system on which the `count`th operation that could change anything fails, and those after it. */
function failingAfter(count: number): FileSystem {
  let done = 0;
  const step = (path: string): void => {
    if (done++ >= count) throw new FileSystemError("EIO", "write", path);
  };
  return {
    ...denoFileSystem,
    createFile(path, mode) {
      step(path);
      const handle = denoFileSystem.createFile(path, mode);
      return {
        ...handle,
        stat: () => handle.stat(),
        read: (buffer) => handle.read(buffer),
        tryLock: () => handle.tryLock(),
        setMode: (mode) => (step(path), handle.setMode(mode)),
        write: (content) => (step(path), handle.write(content)),
        sync: () => (step(path), handle.sync()),
        close: () => handle.close(),
      };
    },
    rename: (from, to) => (step(from), denoFileSystem.rename(from, to)),
  };
}

Deno.test("an I/O error at any operation of an export leaves the old copy, and no other file", async () => {
  await withExporter(async (exporter) => {
    const { path, run } = exporter;
    Deno.writeTextFileSync(path("copy"), "old", { mode: 0o600 });
    let failures = 0;
    for (let exit = 1; exit !== 0; failures++) {
      const before = readTree(exporter.device.root);
      const system = testSystem({ files: failingAfter(failures) });
      const { exit: found, stderr } = await run(pem(path("copy")), { system });
      exit = found;
      if (exit === 0) break;
      assert.match(stderr, /EIO|input\/output error/i);
      assert.deepEqual(readTree(exporter.device.root), before);
    }
    // Creating, writing, fsync and renaming.
    assert.ok(failures >= 4, `${failures}`);
    assert.equal(
      Deno.readTextFileSync(path("copy")),
      exporter.pair.keyPem + exporter.pair.chainPem,
    );
  });
});
