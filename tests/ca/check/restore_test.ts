/** After a restore: `ca check` compares with what was seen elsewhere, `ca serial` raises the counter. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { type TestCa, withCa, withHierarchy } from "../../support/ca.ts";
import { refused } from "../../support/refused.ts";

interface Field {
  /** Certificates that were issued after the backup: 03 and 04, of which 03 is revoked. */
  readonly certificates: readonly string[];
  /** The CRL of that time. */
  readonly crl: string;
}

const hours = (count: number): { now: Date } => ({
  now: new Date(Date.parse("2026-06-01T12:00:00Z") + count * 3_600_000),
});

/** A CA that was restored from a backup with one certificate and one CRL. */
function withRestoredCa(work: (ca: TestCa, field: Field) => Promise<void>): Promise<void> {
  return withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    await ca.done(["crl"], hours(1));
    const backup = join(ca.root, "backup");
    await copyTree(ca.dataDirectory, backup);
    const names = ["03", "04"];
    for (const name of names) {
      const request = await ca.request(`${name}.csr`, {
        subject: `CN=${name}`,
        names: `DNS:${name}`,
      });
      await ca.done(["sign", request], hours(2));
    }
    await ca.done(["revoke", "03", "--reason", "keyCompromise"], hours(3));
    await ca.done(["crl"], hours(4));
    const certificates = names.map((name) => join(ca.root, `field-${name}.pem`));
    for (const [index, name] of names.entries()) {
      // As services have it: with the chain.
      const chain = ca.read(`certs/${name}.pem`) + ca.read("ca.crt");
      Deno.writeTextFileSync(certificates[index] ?? "", chain);
    }
    const crl = join(ca.root, "field.crl");
    Deno.copyFileSync(ca.path("ca.crl"), crl);
    Deno.removeSync(ca.dataDirectory, { recursive: true });
    await copyTree(backup, ca.dataDirectory);
    await work(ca, { certificates, crl });
  });
}

async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { mode: 0o755 });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyTree(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

interface JsonFinding {
  readonly code: string;
  readonly serial?: string;
  readonly kind: string;
}

async function problems(ca: TestCa, ...flags: string[]): Promise<string[]> {
  const { exit, stdout } = await ca.run(["check", "--json", ...flags], hours(5));
  const { findings } = JSON.parse(stdout) as { findings: JsonFinding[] };
  const found = findings.filter(({ kind }) => kind === "problem")
    .map(({ code, serial = "" }) => `${code} ${serial}`.trim());
  assert.equal(exit, found.length === 0 ? 0 : 1);
  return found;
}

Deno.test("alone, a restored CA knows of nothing that was issued since", async () => {
  await withRestoredCa(async (ca) => assert.deepEqual(await problems(ca), []));
});

Deno.test("ca check --since finds certificates that the CA does not know, and numbers in use", async () => {
  await withRestoredCa(async (ca, { certificates: [first = "", second = ""] }) => {
    const before = ca.tree();
    const wanted = ["unknown-certificate 03", "unknown-certificate 04", "counter-behind"];
    assert.deepEqual(await problems(ca, "--since", first, second), wanted);
    assert.deepEqual(await problems(ca, "--since", first, "--since", second), wanted);
    assert.deepEqual(await problems(ca, "--since", ca.path("certs/02.pem")), []);
    assert.deepEqual(ca.tree(), before);
    const { stdout } = await ca.run(["check", "--since", second], hours(5));
    assert.match(
      stdout,
      /Problem: certificate 04 \(\S+field-04\.pem\) is signed by this CA, but unknown/,
    );
    assert.match(stdout, /serial contains 03, but \S+field-04\.pem already uses 04 \(repairable\)/);
  });
});

Deno.test("--repair adds certificates and the revocations of the CRL, and raises both counters", async () => {
  await withRestoredCa(async (ca, { certificates, crl }) => {
    const flags = ["--since", ...certificates, "--crl", crl];
    assert.deepEqual(await problems(ca, ...flags), [
      "unknown-certificate 03",
      "unknown-certificate 04",
      "counter-behind",
      "counter-behind",
    ]);
    await ca.done(["check", "--repair", ...flags], hours(5));
    assert.deepEqual(await problems(ca, ...flags), []);
    assert.equal(ca.read("serial"), "05\n");
    assert.equal(ca.read("crlnumber"), "03\n");
    const list = await ca.done(["list"], hours(5));
    assert.match(list, /^03 +revoked .*CN=03\n04 +active .*CN=04\n/m);
    const { certificate } = JSON.parse(await ca.done(["show", "03", "--json"], hours(5)));
    assert.deepEqual([certificate.names, certificate.reason], [["DNS:03"], "keyCompromise"]);
    assert.match(await ca.done(["crl"], hours(6)), /CRL Number: +3\n.*Revoked certificates: 1/s);
    assert.deepEqual(await problems(ca), []);
  });
});

Deno.test("revocations in a newer CRL are found without the certificates", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    const backup = join(ca.root, "backup");
    await copyTree(ca.dataDirectory, backup);
    await ca.done(["revoke", "02"]);
    await ca.done(["crl"], hours(1));
    const crl = join(ca.root, "field.crl");
    Deno.copyFileSync(ca.path("ca.crl"), crl);
    Deno.removeSync(ca.dataDirectory, { recursive: true });
    await copyTree(backup, ca.dataDirectory);
    assert.deepEqual(await problems(ca, "--crl", crl), ["not-revoked 02", "counter-behind"]);
    await ca.done(["check", "--repair", "--crl", crl], hours(5));
    assert.match(await ca.done(["list"]), /^02 +revoked/m);
    assert.deepEqual(await problems(ca, "--crl", crl), []);
  });
});

Deno.test("ca check --highest-serial names the numbers without a certificate", async () => {
  await withRestoredCa(async (ca, { certificates }) => {
    assert.deepEqual(await problems(ca, "--highest-serial", "2"), []);
    assert.deepEqual(await problems(ca, "--highest-serial", "0x0A"), [
      "unknown-serials",
      "counter-behind",
    ]);
    const { stdout } = await ca.run(["check", "--highest-serial", "0a", "--repair"], hours(5));
    assert.match(stdout, /Problem: serial numbers 03 to 0a were used/);
    assert.equal(ca.read("serial"), "0b\n");
    const flags = ["--repair", "--since", ...certificates, "--highest-serial", "4"];
    await ca.done(["check", ...flags], hours(5));
    assert.deepEqual(await problems(ca, "--highest-serial", "4"), []);
  });
});

Deno.test("a serial number that was used again after the restore is reported", async () => {
  await withRestoredCa(async (ca, { certificates: [first = ""] }) => {
    await ca.done(["sign", await ca.request("again.csr", { subject: "CN=again" })], hours(5));
    assert.deepEqual(await problems(ca, "--since", first), ["serial-used-twice 03"]);
    const { stdout } = await ca.run(["check", "--since", first], hours(5));
    assert.match(stdout, /Revoke 03 and issue both certificates again/);
  });
});

Deno.test("certificates of other CAs are noted, a CRL of another CA is refused", async () => {
  await withRestoredCa(async (ca) => {
    await withRestoredCa(async (other, { certificates: [foreign = ""], crl }) => {
      assert.deepEqual(await problems(ca, "--since", foreign), []);
      const { stdout } = await ca.run(["check", "--since", foreign], hours(5));
      assert.match(stdout, /Note: \S+field-03\.pem is not signed by this CA, and was not compared/);
      for (const repair of [[], ["--repair"]]) {
        const error = `${crl} is not signed by this CA`;
        await refused(ca, ["check", ...repair, "--crl", crl], { error });
      }
      const garbage = other.path("serial");
      await refused(ca, ["check", "--crl", garbage], { error: /is not a CRL$/ });
      await refused(ca, ["check", "--since", garbage], { error: /failed to parse certificate/ });
      await refused(ca, ["check", "stray.pem"], { error: /unexpected argument/, exit: 2 });
      await refused(ca, ["check", "--highest-serial", "x"], { error: /not a serial/, exit: 2 });
    });
  });
});

Deno.test("ca check --since finds a certificate with the same number as the intermediate's own", async () => {
  await withHierarchy(async ({ inter, at }) => {
    await inter.done(["serial", "--raise-to", "2"]);
    const restored = at("restored");
    await copyTree(inter.dataDirectory, restored.dataDirectory);
    await inter.done(["sign", await inter.request()]);
    assert.deepEqual(await problems(restored, "--since", inter.path("certs/02.pem")), [
      "unknown-certificate 02",
      "counter-behind",
    ]);
    assert.deepEqual(await problems(restored, "--since", inter.path("ca.crt")), []);
  });
});

Deno.test("ca serial shows the next serial number, and changes nothing", async () => {
  await withRestoredCa(async (ca) => {
    const before = ca.tree();
    assert.equal(await ca.done(["serial"]), "  Next serial:    03\n  Highest in use: 02\n");
    const { next, highest } = JSON.parse(await ca.done(["serial", "--json"]));
    assert.deepEqual([next, highest], ["03", "02"]);
    assert.deepEqual(ca.tree(), before);
    ca.write("serial", "x\n");
    await refused(ca, ["serial"], { error: /serial is missing, or does not contain exactly one/ });
  });
});

Deno.test("ca serial --raise-to raises the counter and never lowers it", async () => {
  await withRestoredCa(async (ca) => {
    const raised = await ca.done(["serial", "--raise-to", "00:1F"]);
    assert.equal(raised, "Serial counter raised.\n  Next serial: 1f\n  Before:      03\n");
    assert.equal(ca.read("serial"), "1f\n");
    const lower = await ca.done(["serial", "--raise-to", "3"]);
    assert.equal(lower, "Serial counter is already high enough.\n  Next serial: 1f\n");
    assert.equal(ca.read("serial"), "1f\n");
    const request = await ca.request("b.csr", { subject: "CN=b" });
    assert.match(await ca.done(["sign", request], hours(5)), /1f\n/);
    ca.write("serial", "02\n");
    await refused(ca, ["serial", "--raise-to", "1f"], {
      error: "the next serial number cannot be 1f: index.json already uses 1f",
    });
    for (const bad of ["0", "x", "-1"]) {
      assert.equal((await ca.run(["serial", `--raise-to=${bad}`])).exit, 2);
    }
    await refused(ca, ["serial", "--raise-to", `8${"0".repeat(39)}`], {
      error: /not a serial number/,
      exit: 2,
    });
  });
});
