/** The files of a data directory, and the content of its certificates and CRLs. */
import assert from "node:assert/strict";
import { readDuration } from "../../../../lib/system/time/duration.ts";
import {
  caDirectoryOf,
  denoFileSystem,
  formatTime,
  join,
  nameOf,
} from "../../../../lib/system/mod.ts";
import { responderPath } from "../../../../lib/ca/ocsp/responder_file.ts";
import { fetchedPath } from "../../../../lib/ca/rollover/fetched.ts";
import { indexKeptAt } from "../../../../lib/ca/store/directory/move/old_index.ts";
import { databaseFiles, findDataDirectory } from "../../../../lib/ca/store/files/data_directory.ts";
import { readCrlFile } from "../../../../lib/x509/read/crl.ts";
import {
  type Certificate,
  formatGeneralName,
  readSingleCertificateFile,
} from "../../../../lib/x509/mod.ts";
import { purposeOid } from "../../../../lib/x509/encoding/oids.ts";
import { encodeDistinguishedName } from "../../../../lib/x509/name/distinguished_name.ts";
import {
  objectIdentifier,
  sequence,
  setOf,
  utf8String,
} from "../../../../lib/x509/encoding/der_writer.ts";
import { requestFileLimit } from "../../../../lib/x509/read/request.ts";
import { type TestCa, withCa, withNoCa } from "../../../support/ca.ts";
import { extension } from "../../../support/requests.ts";
import { type Run, runCli, testSystem, testTime, withUmask } from "../../../support/test_world.ts";

const certificateIn = (ca: TestCa, name: string): Certificate =>
  readSingleCertificateFile(Deno.readFileSync(ca.path(name)));
const modeOf = (path: string): number => (Deno.statSync(path).mode ?? 0) & 0o777;

Deno.test("after init serial is 02, crlnumber is 01, index.json and certs/ are empty", async () => {
  await withCa((ca) => {
    assert.equal(ca.read("serial"), "02\n");
    assert.equal(ca.read("crlnumber"), "01\n");
    assert.equal(ca.read("index.json"), "[]\n");
    assert.deepEqual([...Deno.readDirSync(ca.path("certs"))], []);
    const names = [...Deno.readDirSync(ca.dataDirectory)].map(({ name }) => name).sort();
    assert.deepEqual(names, [
      ".certswap",
      "ca.crt",
      "ca.key",
      "certs",
      "crlnumber",
      "history.jsonl",
      "index.json",
      "serial",
    ]);
    return Promise.resolve();
  });
});

for (const umask of [0, 0o022, 0o077]) {
  Deno.test(`ca.key is 0600, the other files are readable, with umask ${umask.toString(8)}`, async () => {
    await withNoCa(async (ca) => {
      const files = withUmask(denoFileSystem, umask);
      await ca.done(["init", "--subject", "CN=My Root CA"], { files });
      assert.match(ca.read("ca.key"), /^-----BEGIN PRIVATE KEY-----\n/);
      assert.equal(modeOf(ca.path("ca.key")), 0o600);
      for (const name of ["ca.crt", "serial", "crlnumber", "index.json"]) {
        assert.equal(modeOf(ca.path(name)), 0o644, name);
      }
    });
  });
}

Deno.test("an index entry has exactly the seven fields, in order, with two spaces of indent", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    assert.equal(
      ca.read("index.json"),
      `[
  {
    "serial": "02",
    "subject": "CN=example.com,O=Example Inc,C=US",
    "not_before": "2026-06-01T11:59:00Z",
    "not_after": "2027-06-01T12:00:00Z",
    "status": "active",
    "revoked_at": "",
    "revocation_reason": ""
  }
]
`,
    );
    await ca.done(["revoke", "02", "--reason", "superseded"], {
      now: new Date("2026-06-02T00:00:00Z"),
    });
    const [entry] = JSON.parse(ca.read("index.json"));
    assert.equal(entry.status, "revoked");
    assert.equal(entry.revoked_at, "2026-06-02T00:00:00Z");
    assert.equal(entry.revocation_reason, "superseded");
  });
});

Deno.test("serial counts in lowercase hexadecimal of at least two digits: 0a, ff, 100", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    for (const [now, next] of [["09", "0a"], ["0f", "10"], ["ff", "100"], ["fff", "1000"]]) {
      ca.write("serial", `${now}\n`);
      await ca.done(["sign", request]);
      assert.equal(ca.read("serial"), `${next}\n`);
      assert.equal(
        BigInt(`0x${certificateIn(ca, `certs/${now}.pem`).serialNumber}`),
        BigInt(`0x${now}`),
      );
    }
    assert.deepEqual(
      JSON.parse(ca.read("index.json")).map((entry: { serial: string }) => entry.serial),
      ["09", "0f", "ff", "fff"],
    );
  });
});

Deno.test("files without a newline at the end are read, and written with one", async () => {
  await withCa(async (ca) => {
    ca.write("serial", "02");
    ca.write("crlnumber", "01");
    ca.write("index.json", "[]");
    await ca.done(["sign", await ca.request()]);
    await ca.done(["crl"]);
    assert.equal(ca.read("serial"), "03\n");
    assert.equal(ca.read("crlnumber"), "02\n");
    assert.ok(ca.read("index.json").endsWith("  }\n]\n"));
  });
});

Deno.test("an index formatted by another tool is read, and written in the usual format", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    await ca.done(["sign", request]);
    const first = ca.read("index.json");
    ca.write("index.json", JSON.stringify(JSON.parse(first)));
    await ca.done(["sign", request]);
    assert.ok(ca.read("index.json").startsWith(first.slice(0, -"\n]\n".length)));
    assert.equal(
      ca.read("index.json"),
      `${JSON.stringify(JSON.parse(ca.read("index.json")), null, 2)}\n`,
    );
  });
});

Deno.test("the root is self-signed, v3, with serial 01 and the subject in RFC 4514 order", async () => {
  await withCa((ca) => {
    const root = certificateIn(ca, "ca.crt");
    assert.deepEqual(root.subject.der, encodeDistinguishedName("CN=My Root CA,O=My Org,C=US"));
    assert.deepEqual(root.issuer.der, root.subject.der);
    assert.deepEqual([root.version, root.serialNumber], [3, "01"]);
    return Promise.resolve();
  });
});

Deno.test("a leaf never outlives the root: its notAfter is reduced, with a warning", async () => {
  await withCa(async (ca) => {
    const { exit, stderr } = await ca.run(["sign", await ca.request(), "--validity", "400"]);
    assert.equal(exit, 0);
    assert.match(stderr, /^Warning: the certificate is valid only until 2026-07-01T12:00:00Z/);
    const { notAfter } = certificateIn(ca, "certs/02.pem");
    assert.deepEqual(notAfter, certificateIn(ca, "ca.crt").notAfter);
  }, ["--validity", "30"]);
});

Deno.test("ca sign warns about a CRL past its next update", async () => {
  await withCa(async (ca) => {
    await ca.done(["crl", "--next-update", "1"]);
    const request = await ca.request("a.csr", { names: "DNS:a.example" });
    const signAt = (time: string): Promise<Run> =>
      ca.run(["sign", request], { now: new Date(time) });
    assert.equal((await signAt("2026-06-01T13:00:00Z")).stderr, "");
    const { exit, stderr } = await signAt("2026-06-01T13:00:01Z");
    assert.equal(exit, 0);
    assert.match(stderr, /^Warning: the CA's CRL expired on 2026-06-01T13:00:00Z: /);
  });
});

Deno.test("a validity may be shorter than a day, from one hour", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    for (const [index, validity] of ["1h", "90m", "6d"].entries()) {
      await ca.done(["sign", request, "--validity", validity]);
      const { notBefore, notAfter } = certificateIn(ca, `certs/0${index + 2}.pem`);
      // The validity counts from now: notBefore is a minute earlier.
      const life = notAfter.getTime() - notBefore.getTime();
      assert.equal(life - 60_000, readDuration(validity));
    }
    for (const validity of ["0", "59m", "3600500ms", "36501", "36501d", "1y", "-1", ""]) {
      const { exit, stderr } = await ca.run(["sign", request, "--validity", validity]);
      assert.equal(exit, 2);
      assert.match(stderr, /is not a number of days from 1 to 36500/);
    }
  });
});

Deno.test("notBefore is a minute before now, to the second; validity is in days of 24 hours", async () => {
  await withCa(async (ca) => {
    const root = certificateIn(ca, "ca.crt");
    assert.equal(root.notBefore.toISOString(), "2026-06-01T11:59:00.000Z");
    assert.equal(root.notAfter.getTime() - testTime.getTime(), 36_500 * 86_400_000);
    await ca.done(["sign", await ca.request(), "--validity", "36400"], {
      now: new Date("2026-06-03T01:02:03.999Z"),
    });
    const { notBefore, notAfter } = certificateIn(ca, "certs/02.pem");
    assert.equal(notBefore.toISOString(), "2026-06-03T01:01:03.000Z");
    assert.equal(notAfter.getTime() - notBefore.getTime(), 36_400 * 86_400_000 + 60_000);
  }, ["--validity", "36500"]);
});

Deno.test("a leaf is never valid before the root, however soon it is signed", async () => {
  await withCa(async (ca) => {
    const { notBefore } = certificateIn(ca, "ca.crt");
    await ca.done(["sign", await ca.request()], { now: new Date("2026-06-01T11:59:30Z") });
    assert.deepEqual(certificateIn(ca, "certs/02.pem").notBefore, notBefore);
  });
});

Deno.test("thisUpdate is a minute before now, but never before that of the last CRL", async () => {
  await withCa(async (ca) => {
    const updates: string[] = [];
    for (const second of ["00", "30", "59"]) {
      const now = new Date(`2026-07-01T00:00:${second}.5Z`);
      const report = JSON.parse(await ca.done(["crl", "--json"], { now }));
      updates.push(report.thisUpdate);
      assert.equal(report.nextUpdate, `2026-07-08T00:00:${second}Z`, "it counts from now");
    }
    await ca.done(["crl"], { now: new Date("2026-06-30T23:59:59Z") });
    const { thisUpdate } = readCrlFile(Deno.readFileSync(ca.path("ca.crl")));
    updates.push(formatTime(thisUpdate));
    assert.deepEqual(updates, [
      "2026-06-30T23:59:00Z",
      "2026-06-30T23:59:30Z",
      "2026-06-30T23:59:59Z",
      "2026-06-30T23:59:59Z",
    ]);
  });
});

Deno.test("subject and alternative names of a request are copied as bytes", async () => {
  await withCa(async (ca) => {
    // A string type, an order and an attribute type that certswap itself never writes.
    const printable = Uint8Array.of(0x13, 1, 0x78);
    const subject = sequence(
      setOf(sequence(objectIdentifier("2.5.4.3"), printable)),
      setOf(sequence(objectIdentifier("1.2.3.4"), utf8String("y"))),
    );
    await ca.done(["sign", await ca.request("a.csr", { subject, names: "DNS:b,DNS:a" })]);
    const leaf = certificateIn(ca, "certs/02.pem");
    assert.deepEqual(leaf.subject.der, subject);
    assert.deepEqual(leaf.subjectAltName.map(formatGeneralName), ["DNS:b", "DNS:a"]);
    assert.deepEqual(leaf.issuer.der, certificateIn(ca, "ca.crt").subject.der);
  });
});

Deno.test("nothing else is copied from a request, such as CA:TRUE or key usages", async () => {
  await withCa(async (ca) => {
    const caTrue = sequence(Uint8Array.of(1, 1, 0xff));
    const codeSigning = sequence(objectIdentifier(purposeOid.codeSigning));
    const request = await ca.request("a.csr", {
      extensions: [
        extension("2.5.29.19", caTrue, true),
        extension("2.5.29.15", Uint8Array.of(3, 2, 2, 4), true),
        extension("2.5.29.37", codeSigning),
        extension("1.2.3.4", Uint8Array.of(5, 0)),
      ],
    });
    await ca.done(["sign", request]);
    const leaf = certificateIn(ca, "certs/02.pem");
    assert.deepEqual(
      leaf.extensions.map(({ oid }) => oid),
      ["2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.35", "2.5.29.14"],
    );
    assert.deepEqual(leaf.extKeyUsage, [purposeOid.serverAuth, purposeOid.clientAuth]);
    assert.equal(leaf.basicConstraints?.ca, false);
    assert.deepEqual(leaf.keyUsage, ["digitalSignature"]);
  });
});

Deno.test("a request for RSA 2048 gets keyEncipherment, from a root of any kind", async () => {
  for (const keyType of ["ecdsa-p256", "rsa-2048"] as const) {
    await withCa(async (ca) => {
      await ca.done(["sign", await ca.request("a.csr", { keyType: "rsa-2048" })]);
      const leaf = certificateIn(ca, "certs/02.pem");
      assert.deepEqual(leaf.keyUsage, ["digitalSignature", "keyEncipherment"]);
    }, ["--key-algorithm", keyType]);
  }
});

Deno.test("a request with a thousand names is signed with all of them", async () => {
  await withCa(async (ca) => {
    const names = Array.from({ length: 1000 }, (_, index) => `DNS:d${index}.example`).join();
    await ca.done(["sign", await ca.request("a.csr", { names })]);
    assert.equal(certificateIn(ca, "certs/02.pem").subjectAltName.length, 1000);
  });
});

Deno.test("the certificate for the largest accepted request can be read", async () => {
  await withCa(async (ca) => {
    // 48 bytes make a PEM line of 65; a few hundred bytes are not part of the names, each of 100 bytes.
    const length = Math.floor(requestFileLimit / 65) * 48 - 400;
    const names = Array.from(
      { length: Math.floor(length / 100) },
      (_, number) => `URI:https://a/${number}/`.padEnd(102, "a"),
    );
    const request = await ca.request("a.csr", { names: names.join(",") });
    assert.ok(Deno.statSync(request).size > requestFileLimit - 600);
    await ca.done(["sign", request]);
    await ca.done(["verify", ca.path("certs/02.pem")]);
    await ca.done(["check"]);
  });
});

Deno.test("a request without subject is signed, with critical alternative names", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request("a.csr", { subject: "", names: "IP:10.0.0.1" })]);
    const { extensions } = certificateIn(ca, "certs/02.pem");
    assert.ok(extensions.some(({ oid, critical }) => oid === "2.5.29.17" && critical));
    assert.match(await ca.done(["list"]), /^02 {6}active {3}\S+ {2}IP:10\.0\.0\.1$/m);
  });
});

Deno.test("control characters in a subject break no table, index or JSON", async () => {
  await withCa(async (ca) => {
    const evil = 'a\nb\x1b[31m\t"\\\u202e';
    const subject = sequence(setOf(sequence(objectIdentifier("2.5.4.3"), utf8String(evil))));
    const printed = await ca.done(["sign", await ca.request("a.csr", { subject })]);
    const shown = String.raw`CN=a\0Ab\1B[31m\09\"\\\E2\80\AE`;
    assert.ok(printed.includes(`  Subject:     ${shown}\n`), printed);
    assert.equal((await ca.done(["list"])).split("\n").length, 3);
    assert.ok((await ca.done(["verify", ca.path("certs/02.pem")])).includes(`${shown}\n`));
    const [entry] = JSON.parse(await ca.done(["list", "--json"])).certificates;
    assert.equal(entry.subject, shown);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(ca.read("index.json"), /[\x00-\x09\x0b-\x1f]/);
    assert.deepEqual(certificateIn(ca, "certs/02.pem").subject.der, subject);
  });
});

Deno.test("a URI with ', DNS:' in it stays one name", async () => {
  await withCa(async (ca) => {
    const names = String.raw`URI:http://a/\,DNS:evil.example`;
    await ca.done(["sign", await ca.request("a.csr", { names })]);
    const { subjectAltName } = certificateIn(ca, "certs/02.pem");
    assert.deepEqual(subjectAltName.map(({ kind }) => kind), ["uri"]);
  });
});

Deno.test("a CRL lists exactly what was revoked when it was issued, and CRL numbers increase", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    const crl = () => readCrlFile(Deno.readFileSync(ca.path("ca.crl")));
    const lists: [bigint, bigint[]][] = [];
    for (const serial of ["02", "03"]) {
      await ca.done(["crl"]);
      lists.push([crl().number ?? 0n, [...crl().entries].map((entry) => entry.serial)]);
      await ca.done(["sign", request]);
      await ca.done(["revoke", serial, "--reason", "cessationOfOperation"]);
    }
    await ca.done(["crl", "--next-update", "48"]);
    lists.push([crl().number ?? 0n, [...crl().entries].map((entry) => entry.serial)]);
    assert.deepEqual(lists, [[1n, []], [2n, [2n]], [3n, [2n, 3n]]]);
    assert.equal(ca.read("crlnumber"), "04\n");
    const { nextUpdate } = crl();
    assert.equal(Number(nextUpdate) - testTime.getTime(), 48 * 3_600_000);
  });
});

Deno.test("a revocation with a clock before the last CRL gets that CRL's time, with a warning", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    await ca.done(["crl"], { now: new Date("2026-07-01T00:00:00Z") });
    const behind = { now: new Date("2026-06-30T23:58:59Z") };
    const { exit, stderr } = await ca.run(["revoke", "02"], behind);
    assert.equal(exit, 0);
    assert.match(
      stderr,
      /^Warning: the clock says 2026-06-30T23:58:59Z, .* revocation is dated 2026-06-30T23:59:00Z/,
    );
    // That CRL did not list it, so an earlier time would be wrong.
    const [entry] = JSON.parse(ca.read("index.json"));
    assert.equal(entry.revoked_at, "2026-06-30T23:59:00Z");
    assert.match(await ca.done(["check"], behind), /^CA check: OK\n {2}Note: revoked since/);
    await ca.done(["crl"], { now: new Date("2026-07-01T00:00:01Z") });
    assert.equal(await ca.done(["check"]), "CA check: OK\n");
  });
});

Deno.test("ca revoke uses the clock if the last CRL cannot be trusted", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    ca.write("ca.crl", "junk\n");
    await ca.done(["revoke", "02"]);
    assert.equal(JSON.parse(ca.read("index.json"))[0].revoked_at, "2026-06-01T12:00:00Z");
  });
});

Deno.test("ca revoke accepts a serial number in any case, with or without leading zeros", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    for (const [counter, written] of [["0a", "A"], ["0b", "000B"], ["abc", "aBC"]] as const) {
      ca.write("serial", `${counter}\n`);
      await ca.done(["sign", request]);
      assert.match(await ca.done(["revoke", written]), new RegExp(`Serial: ${counter}\n`));
    }
  });
});

Deno.test("flags may come before or after positional arguments", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    await ca.done(["sign", "--validity", "10", request]);
    await ca.done(["sign", request, "--validity", "10"]);
    await ca.done(["revoke", "--reason", "superseded", "02"]);
    await ca.done(["revoke", "03", "--reason", "superseded"]);
  });
});

Deno.test("the data directory comes from the flag, then $CA_DATA_DIR, then ./ca-data", async () => {
  await withCa(async (ca) => {
    const system = testSystem();
    const byVariable = { system, environment: { CA_DATA_DIR: ca.dataDirectory } };
    assert.equal((await runCli(["ca", "list"], byVariable)).exit, 0);
    const elsewhere = join(ca.root, "elsewhere");
    const { stderr } = await runCli(["ca", "list", "--data-dir", elsewhere], byVariable);
    assert.match(stderr, /CA not initialized/);
    const asked: string[] = [];
    const files = {
      ...system.files,
      realPath: (path: string) => (asked.push(path), system.files.realPath(path)),
    };
    for (const environment of [{}, { CA_DATA_DIR: "" }]) {
      await runCli(["ca", "list"], { system: { ...system, files }, environment });
      assert.equal(asked.at(-1), "./ca-data");
    }
  });
});

Deno.test("ca init creates the data directory and missing parents", async () => {
  await withNoCa(async (ca) => {
    const deep = join(ca.root, "a/b/c");
    const words = ["ca", "init", "--subject", "CN=x", "--data-dir", deep];
    assert.equal((await runCli(words, { system: testSystem() })).exit, 0);
    assert.ok(Deno.statSync(join(deep, "ca.crt")).isFile);
  });
});

Deno.test("a data directory may be reached through a symbolic link, and copied as a whole", async () => {
  await withCa(async (ca) => {
    const link = join(ca.root, "link");
    Deno.symlinkSync(ca.dataDirectory, link);
    const request = await ca.request();
    const signAt = (directory: string) =>
      runCli(["ca", "sign", request, "--data-dir", directory], { system: testSystem() });
    assert.equal((await signAt(link)).exit, 0);
    const copy = join(ca.root, "copy");
    const { success } = await new Deno.Command("cp", { args: ["-a", ca.dataDirectory, copy] })
      .output();
    assert.ok(success);
    assert.equal((await signAt(copy)).exit, 0);
    assert.equal(Deno.readTextFileSync(join(copy, "serial")), "04\n");
    assert.equal(ca.read("serial"), "03\n");
  });
});

Deno.test("a request from ca request is signed with all its names", async () => {
  await withCa(async (ca) => {
    for (const keyAlgorithm of ["ecdsa-p256", "rsa-2048"]) {
      const [key, csr] = ["key", "csr"].map((name) => join(ca.root, `${keyAlgorithm}.${name}`));
      const words = [
        "ca",
        "request",
        "--subject",
        "CN=a",
        "--out-key",
        key ?? "",
        "--out-csr",
        csr ?? "",
      ];
      const names =
        "DNS:a.example,IP:10.0.0.1,IP:2001:db8::1,URI:https://a.example/x,email:a@b.example";
      const flags = ["--san", names, "--key-algorithm", keyAlgorithm];
      assert.equal((await runCli([...words, ...flags], { system: testSystem() })).exit, 0);
      assert.equal(modeOf(key ?? ""), 0o600);
      await ca.done(["sign", csr ?? ""]);
    }
    const { subjectAltName } = certificateIn(ca, "certs/03.pem");
    assert.equal(
      subjectAltName.map(formatGeneralName).join(),
      "DNS:a.example,IP:10.0.0.1,IP:2001:db8::1,URI:https://a.example/x,email:a@b.example",
    );
  });
});

Deno.test("every file that a CA keeps is recognised as one of a CA", async () => {
  await withCa((ca) => {
    const location = { dataDirectory: ca.dataDirectory };
    const found = findDataDirectory(denoFileSystem, ca.dataDirectory);
    assert.ok(found !== undefined);
    const { directory, certificates, segments, shardCrls, ...files } = found.paths;
    const kept = [
      ...Object.values(files),
      ...databaseFiles(found.paths),
      indexKeptAt(found.paths),
      join(directory, nameOf(responderPath(location))),
      fetchedPath(directory),
      ...[certificates, segments, shardCrls].map((inside) => join(inside, "1")),
      join(found.site.stateDirectory, "lock"),
    ];
    for (const path of kept) {
      assert.equal(caDirectoryOf(denoFileSystem, path), directory, path);
    }
    assert.equal(caDirectoryOf(denoFileSystem, join(directory, "other.pem")), undefined);
    return Promise.resolve();
  });
});
