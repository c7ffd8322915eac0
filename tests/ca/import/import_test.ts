/** `ca import`: nothing is lost, the source is only read, and what does not fit together is refused. */
import assert from "node:assert/strict";
import { formatTime, join } from "../../../lib/system/mod.ts";
import { readCrlFile } from "../../../lib/x509/mod.ts";
import { craftRequest } from "../../support/requests.ts";
import { type TestCa, withCa } from "../../support/ca.ts";
import { writePem } from "../../../lib/x509/encoding/pem.ts";
import { readTree, withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { type Run, runCli, testSystem } from "../../support/test_world.ts";

/** A CA in the layout of `openssl ca`, and an empty place to import it into. */
interface Move {
  readonly old: string;
  readonly dataDirectory: string;
  /** The CA from which the files come. */
  readonly source: TestCa;
  run(...words: readonly string[]): Promise<Run>;
  /** Runs `ca import` of the old CA. */
  take(...words: readonly string[]): Promise<Run>;
  read(name: string): string;
  write(name: string, text: string): void;
}

/** Runs `work` with a CA of three certificates: 02 and 03 active, 04 revoked and on the CRL. */
function withMove(work: (move: Move) => Promise<void>): Promise<void> {
  return withCa((source) =>
    withTemporaryDirectory(async (root) => {
      const csr = await source.request();
      for (let count = 0; count < 3; count++) await source.done(["sign", csr]);
      await source.done(["revoke", "04", "--reason", "superseded"]);
      await source.done(["crl"]);
      const old = join(root, "old");
      const dataDirectory = join(root, "ca-data");
      const write = (name: string, text: string): void =>
        Deno.writeTextFileSync(join(old, name), text);
      for (const name of ["", "private", "newcerts"]) Deno.mkdirSync(join(old, name));
      write("cacert.pem", source.read("ca.crt"));
      write("private/cakey.pem", source.read("ca.key"));
      write("crl.pem", source.read("ca.crl"));
      for (const serial of ["02", "03", "04"]) {
        write(
          `newcerts/${serial}.pem`,
          `Certificate:\n text\n${source.read(`certs/${serial}.pem`)}`,
        );
      }
      write("index.txt", [line("V", "02"), line("V", "03"), line("R", "04"), ""].join("\n"));
      write("serial", "05\n");
      write("crlnumber", "02\n");
      const run: Move["run"] = (...words) =>
        runCli(["ca", ...words, "--data-dir", dataDirectory], { system: testSystem() });
      await work({
        old,
        dataDirectory,
        source,
        run,
        take: (...words) => run("import", "--openssl", old, ...words),
        read: (name) => Deno.readTextFileSync(join(dataDirectory, name)),
        write,
      });
    })
  );
}

function line(status: "V" | "R", serial: string, revoked = "261122000000Z"): string {
  return `${status}\t270101000000Z\t${status === "R" ? revoked : ""}\t${serial}\tunknown\t/CN=a`;
}

/** Runs an import that must be refused with nothing created. */
async function refusedImport(move: Move, code: RegExp): Promise<string> {
  const before = readTree(move.old);
  const { exit, stderr, stdout } = await move.take();
  assert.equal(exit, 1, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, code);
  assert.deepEqual(readTree(move.old), before);
  assert.throws(() => Deno.statSync(move.dataDirectory), Deno.errors.NotFound);
  return stderr;
}

Deno.test("an imported CA has every certificate and revocation, and continues above all numbers", () =>
  withMove(async (move) => {
    const before = readTree(move.old);
    const { exit, stdout, stderr } = await move.take();
    assert.equal(exit, 0, stderr);
    assert.match(stdout, /^CA imported successfully\.\n/);
    assert.match(stdout, /Certificates: {4}3 \(1 revoked\)/);
    assert.deepEqual(readTree(move.old), before, "the source was changed");
    const { stdout: list } = await move.run("list");
    assert.match(list, /02 {6}active/);
    assert.match(list, /04 {6}revoked/);
    assert.equal(move.read("serial"), "05\n");
    assert.equal(move.read("crlnumber"), "02\n");
    assert.equal(move.read("ca.crl"), move.source.read("ca.crl"));
    assert.equal(move.read("certs/02.pem"), move.source.read("certs/02.pem"));
    assert.equal((Deno.statSync(join(move.dataDirectory, "ca.key")).mode ?? 0) & 0o777, 0o600);
    const { stdout: checked } = await move.run("check");
    assert.match(checked, /^CA check: OK/);
  }));

Deno.test("a dry run of an import lists what would come, and creates nothing", () =>
  withMove(async (move) => {
    const { exit, stdout } = await move.take("--dry-run");
    assert.equal(exit, 0);
    assert.match(stdout, /^Would import the CA CN=My Root CA,O=My Org,C=US:/);
    assert.match(stdout, /04 {6}revoked/);
    assert.throws(() => Deno.statSync(move.dataDirectory), Deno.errors.NotFound);
    const { stdout: json } = await move.take("--dry-run", "--json");
    const { certificates, nextSerial } = JSON.parse(json);
    assert.equal(nextSerial, "05");
    assert.equal(certificates[2].reason, "superseded");
  }));

Deno.test("an import takes revocations that only the database, or only the CRL knows", () =>
  withMove(async (move) => {
    move.write("index.txt", [line("V", "02"), line("R", "03"), line("V", "04"), ""].join("\n"));
    assert.equal((await move.take()).exit, 0);
    const { stdout: json } = await move.run("list", "--json");
    const { certificates } = JSON.parse(json);
    assert.deepEqual(
      certificates.map((certificate: Record<string, string>) => [
        certificate["serial"],
        certificate["status"],
        certificate["revokedAt"] === null ? "" : certificate["reason"],
      ]),
      [["02", "active", ""], ["03", "revoked", "unspecified"], ["04", "revoked", "superseded"]],
    );
    assert.match((await move.run("crl")).stdout, /Revoked certificates: 2/);
    assert.match((await move.run("check")).stdout, /^CA check: OK/);
  }));

Deno.test("an import of a CA without a CRL says that one has to be made", () =>
  withMove(async (move) => {
    Deno.removeSync(join(move.old, "crl.pem"));
    const { exit, stderr } = await move.take();
    assert.equal(exit, 0);
    assert.match(stderr, /CA has no CRL yet\. To create one: certswap ca crl --data-dir/);
    assert.match((await move.run("crl")).stdout, /Revoked certificates: 1/);
    assert.match((await move.run("check")).stdout, /^CA check: OK/);
  }));

Deno.test("counters of an imported CA are above the old ones, even if no certificate is that high", () =>
  withMove(async (move) => {
    move.write("serial", "0123\n");
    move.write("crlnumber", "1F\n");
    assert.equal((await move.take()).exit, 0);
    assert.equal(move.read("serial"), "123\n");
    assert.equal(move.read("crlnumber"), "1f\n");
  }));

Deno.test("an import ignores certificates of other CAs and other files, and names them", () =>
  withMove(async (move) => {
    await withCa(async (other) => {
      await other.done(["sign", await other.request()]);
      move.write("newcerts/other.pem", other.read("certs/02.pem"));
    });
    move.write("newcerts/README", "not a certificate");
    move.write("newcerts/ca.pem", move.source.read("ca.crt"));
    const { stdout } = await move.take("--dry-run");
    assert.match(stdout, /Ignored 3 files:/);
    assert.match(stdout, /README: not a certificate/);
    assert.match(stdout, /ca\.pem: the CA's own certificate/);
    // Same name, another key.
    assert.match(stdout, /other\.pem: issued by another CA/);
  }));

/** The fields of one certificate of `ca list --json`. */
async function listed(move: Move, serial: string): Promise<Record<string, unknown>> {
  const { certificates } = JSON.parse((await move.run("list", "--json")).stdout);
  return certificates.find((one: Record<string, unknown>) => one["serial"] === serial);
}

Deno.test("a certificate that the database lists comes over as a record if its file is missing", () =>
  withMove(async (move) => {
    Deno.removeSync(join(move.old, "newcerts/03.pem"));
    const { stderr: planned } = await move.take("--dry-run");
    assert.match(planned, /The files of 1 certificate are missing: 03\./);
    const { exit, stderr } = await move.take();
    assert.equal(exit, 0, stderr);
    assert.match(stderr, /The files of 1 certificate are missing: 03\./);
    const { subject, notAfter, status } = await listed(move, "03");
    assert.deepEqual([subject, notAfter, status], ["CN=a", "2027-01-01T00:00:00Z", "active"]);
    const { stdout, exit: checked } = await move.run("check");
    assert.equal(checked, 0);
    assert.match(stdout, /^CA check: OK/);
    assert.match(stdout, /imported without these certificates, which it has issued: 03\./);
    const { stdout: shown } = await move.run("show", "03");
    assert.match(shown, /^Certificate 03: active/);
    assert.match(shown, /File: {10}\(none: the CA was imported without this certificate\)/);
    assert.equal(JSON.parse((await move.run("show", "03", "--json")).stdout).certificate.pem, null);
    const csr = await move.source.request();
    const renewed = await move.run("sign", csr, "--renew", "03");
    assert.equal(renewed.exit, 1);
    assert.match(renewed.stderr, /imported without certificate 03 and has only its record/);
    // It can be revoked like any other.
    assert.equal((await move.run("revoke", "03", "--reason", "keyCompromise")).exit, 0);
    assert.match((await move.run("crl")).stdout, /Revoked certificates: 2/);
    assert.match((await move.run("check")).stdout, /^CA check: OK/);
  }));

Deno.test("a certificate that was imported as a record becomes whole when its file is found", () =>
  withMove(async (move) => {
    Deno.removeSync(join(move.old, "newcerts/03.pem"));
    assert.equal((await move.take()).exit, 0);
    const pem = move.source.read("certs/03.pem");
    Deno.writeTextFileSync(join(move.dataDirectory, "certs/03.pem"), pem);
    assert.equal((await move.run("check")).exit, 1);
    assert.equal((await move.run("check", "--repair")).exit, 0);
    const { stdout } = await move.run("check");
    assert.match(stdout, /^CA check: OK\n$/);
    assert.equal(JSON.parse((await move.run("show", "03", "--json")).stdout).certificate.pem, pem);
  }));

for (const where of ["the database and the CRL", "the CRL alone"]) {
  Deno.test(`a revoked certificate that ${where} list stays on every CRL if its file is missing`, () =>
    withMove(async (move) => {
      if (where === "the CRL alone") {
        move.write("index.txt", [line("V", "02"), line("V", "03"), ""].join("\n"));
      }
      Deno.removeSync(join(move.old, "newcerts/04.pem"));
      assert.equal((await move.take()).exit, 0);
      const before = await listed(move, "04");
      assert.deepEqual([before["status"], before["reason"]], ["revoked", "superseded"]);
      assert.match((await move.run("check")).stdout, /^CA check: OK/);
      for (let count = 0; count < 2; count++) {
        assert.match((await move.run("crl")).stdout, /Revoked certificates: 1/);
        const crl = readCrlFile(Deno.readFileSync(join(move.dataDirectory, "ca.crl")));
        assert.deepEqual(
          [...crl.entries].map((
            { serial, revokedAt, reason },
          ) => [serial, formatTime(revokedAt), reason]),
          [[4n, before["revokedAt"], "superseded"]],
        );
      }
      assert.match((await move.run("check")).stdout, /^CA check: OK/);
    }));
}

Deno.test("an import does not wait for a FIFO among the certificates, and names it", () =>
  withMove(async (move) => {
    const fifo = join(move.old, "newcerts/05.pem");
    assert.ok((await new Deno.Command("mkfifo", { args: [fifo] }).output()).success);
    Deno.symlinkSync("/dev/zero", join(move.old, "newcerts/06.pem"));
    Deno.symlinkSync("nowhere", join(move.old, "newcerts/07.pem"));
    const { exit, stdout } = await move.take("--dry-run");
    assert.equal(exit, 0);
    for (const name of ["05", "06", "07"]) {
      assert.match(stdout, new RegExp(`newcerts/${name}\\.pem: not a regular file`));
    }
  }));

Deno.test("an import into its own source, or with the source inside, is refused", () =>
  withMove(async (move) => {
    const before = readTree(move.old);
    const inside = join(move.old, "newcerts/new");
    const link = `${move.old}-link`;
    Deno.symlinkSync(join(move.old, "newcerts"), link);
    for (const target of [inside, move.old, join(move.old, ".."), join(link, "new")]) {
      for (
        const source of [
          ["--openssl", move.old],
          [
            "--key",
            join(move.old, "private/cakey.pem"),
            "--cert",
            join(move.old, "cacert.pem"),
            "--certs",
            join(move.old, "newcerts"),
          ],
        ]
      ) {
        if (source[0] === "--key" && target === move.old) continue;
        const { exit, stderr } = await runCli(
          ["ca", "import", ...source, "--data-dir", target],
          { system: testSystem() },
        );
        assert.equal(exit, 1, stderr);
        assert.match(stderr, /one is inside the other/);
      }
    }
    assert.deepEqual(readTree(move.old), before);
  }));

/** Runs `work` with the files of an intermediate CA and a place to import it to. */
function withIntermediate(
  work: (files: {
    /** The words of an import; the certificate is in the file named here. */
    words(certificate: string): readonly string[];
    run: Move["run"];
    path(name: string): string;
  }) => Promise<void>,
): Promise<void> {
  return withCa((root) =>
    withTemporaryDirectory(async (directory) => {
      const path = (name: string): string => join(directory, name);
      const run = (name: string) => (...words: readonly string[]): Promise<Run> =>
        runCli(["ca", ...words, "--data-dir", path(name)], { system: testSystem() });
      const init = await run("old")(
        "init",
        "--subject",
        "CN=Below",
        "--signed-by",
        root.dataDirectory,
      );
      assert.equal(init.exit, 0, init.stderr);
      const read = (name: string): string => Deno.readTextFileSync(path(name));
      const [own, chain] = [read("old/ca.crt"), read("old/ca-chain.pem")];
      Deno.writeTextFileSync(path("whole.pem"), own + chain);
      Deno.writeTextFileSync(path("alone.pem"), own);
      Deno.writeTextFileSync(path("chain.pem"), chain);
      await work({
        words: (name) => ["--key", path("old/ca.key"), "--cert", path(name)],
        run: run("new"),
        path,
      });
    })
  );
}

for (const place of ["its own file", "the file of --chain"]) {
  Deno.test(`an intermediate is imported with the certificates above it from ${place}`, () =>
    withIntermediate(async ({ words, run, path }) => {
      const chain = place === "its own file"
        ? words("whole.pem")
        : [...words("alone.pem"), "--chain", path("chain.pem")];
      const { exit, stderr } = await run("import", ...chain);
      assert.equal(exit, 0, stderr);
      assert.doesNotMatch(stderr, /certificates above/);
      assert.equal(
        Deno.readTextFileSync(path("new/ca-chain.pem")),
        Deno.readTextFileSync(path("old/ca-chain.pem")),
      );
      // The number of its own certificate is 02, but the root has given it.
      assert.equal(Deno.readTextFileSync(path("new/serial")), "01\n");
      assert.match((await run("check")).stdout, /^CA check: OK/);
    }));
}

Deno.test("an intermediate without the certificates above it is imported, with a word about them", () =>
  withIntermediate(async ({ words, run, path }) => {
    const { exit, stderr } = await run("import", ...words("alone.pem"));
    assert.equal(exit, 0, stderr);
    assert.match(
      stderr,
      /The CA certificates from this intermediate's issuer up to the root are missing/,
    );
    // What the note says works.
    const added = await run("activate", path("alone.pem"), "--chain", path("chain.pem"));
    assert.equal(added.exit, 0, added.stderr);
    assert.match((await run("check")).stdout, /^CA check: OK/);
  }));

Deno.test("an import with a chain that does not lead from the CA to a root is refused", () =>
  withIntermediate(({ words, run, path }) =>
    withCa(async (other) => {
      Deno.writeTextFileSync(path("other.pem"), other.read("ca.crt"));
      const { exit, stderr } = await run(
        "import",
        ...words("alone.pem"),
        "--chain",
        path("other.pem"),
      );
      assert.equal(exit, 1);
      assert.match(stderr, /cannot verify .*alone\.pem up to a root/);
      assert.throws(() => Deno.statSync(path("new")), Deno.errors.NotFound);
    })
  ));

Deno.test("an import with two certificates of one serial number is refused", () =>
  withMove(async (move) => {
    const { source } = move;
    const der = await craftRequest({ subject: "CN=double" });
    await Deno.writeTextFile(join(source.root, "x.csr"), writePem("CERTIFICATE REQUEST", der));
    source.write("serial", "03\n");
    source.write("index.json", "[]\n");
    for (const serial of ["02", "03", "04"]) Deno.removeSync(source.path(`certs/${serial}.pem`));
    await source.done(["sign", join(source.root, "x.csr")]);
    move.write("newcerts/again.pem", source.read("certs/03.pem"));
    await refusedImport(move, /two different certificates have the serial number 03/);
  }));

Deno.test("an import with the key of another CA is refused", () =>
  withMove(async (move) => {
    await withCa((other) => {
      move.write("private/cakey.pem", other.read("ca.key"));
      return Promise.resolve();
    });
    await refusedImport(move, /cakey\.pem is not the key of/);
  }));

Deno.test("an import with the CRL of another CA is refused", () =>
  withMove(async (move) => {
    await withCa(async (other) => {
      await other.done(["crl"]);
      move.write("crl.pem", other.read("ca.crl"));
    });
    await refusedImport(move, /crl\.pem is not signed by the imported CA/);
  }));

Deno.test("an import of a directory that is no CA names what was looked for", () =>
  withMove(async (move) => {
    Deno.removeSync(join(move.old, "cacert.pem"));
    await refusedImport(move, /has no CA certificate/);
  }));

Deno.test("an import without the database is refused: what is missing would be unknown", () =>
  withMove(async (move) => {
    Deno.removeSync(join(move.old, "index.txt"));
    await refusedImport(move, /has no database of issued certificates/);
  }));

Deno.test("an import of a CA that has used the largest number is refused", () =>
  withMove(async (move) => {
    move.write("crlnumber", `7${"f".repeat(39)}\n`);
    assert.equal((await move.take("--dry-run")).exit, 0);
    Deno.removeSync(join(move.old, "crlnumber"));
    move.write("index.txt", `${line("V", `7${"f".repeat(39)}`)}\n`);
    await refusedImport(move, /has used 7f+, the largest possible number/);
  }));

Deno.test("an import of an encrypted key without a passphrase names the key of the old CA", () =>
  withMove(async (move) => {
    move.write(
      "private/cakey.pem",
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    await refusedImport(move, /old\/private\/cakey\.pem is encrypted/);
  }));

Deno.test("an import never overwrites a CA", () =>
  withMove(async (move) => {
    assert.equal((await move.take()).exit, 0);
    const { exit, stderr } = await move.take();
    assert.equal(exit, 1);
    assert.match(stderr, /CA already initialized/);
  }));

Deno.test("an import needs exactly one CA to import", () =>
  withMove(async (move) => {
    for (const words of [[], ["--key", "a"], ["--openssl", "a", "--easy-rsa", "b"]]) {
      const { exit, stderr } = await move.run("import", ...words);
      assert.equal(exit, 2, stderr);
    }
  }));
