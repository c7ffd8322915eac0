/** `ca import`: nothing is lost, the source is only read, and what does not fit together is refused. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
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
    assert.match(stderr, /certswap ca crl/);
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
    assert.match(stdout, /README: no certificate/);
    assert.match(stdout, /ca\.pem: the CA's own certificate/);
    // Same name, another key.
    assert.match(stdout, /other\.pem: issued by another CA/);
  }));

Deno.test("an import without a certificate that the database lists is refused", () =>
  withMove(async (move) => {
    Deno.removeSync(join(move.old, "newcerts/03.pem"));
    const stderr = await refusedImport(
      move,
      /index\.txt lists 1 certificate whose file is missing/,
    );
    assert.match(stderr, /Serial numbers: 03/);
  }));

Deno.test("an import without a certificate that only the CRL lists is refused", () =>
  withMove(async (move) => {
    move.write("index.txt", `${line("V", "02")}\n`);
    Deno.removeSync(join(move.old, "newcerts/04.pem"));
    await refusedImport(move, /crl\.pem lists 1 certificate whose file is missing/);
  }));

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
    await refusedImport(move, /crl\.pem is not signed by the CA/);
  }));

Deno.test("an import of a directory that is no CA names what was looked for", () =>
  withMove(async (move) => {
    Deno.removeSync(join(move.old, "cacert.pem"));
    await refusedImport(move, /has no certificate of a CA/);
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
    await refusedImport(move, /lists 1 certificate whose file is missing/);
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
