/** `ca check`: reports every inconsistency, and repairs what it can without guessing. */
import assert from "node:assert/strict";
import { check } from "../../../lib/ca/check/check.ts";
import { encodeIndex, type IndexEntry } from "../../../lib/ca/store/directory/index_file.ts";
import { formatSerial } from "../../../lib/x509/serial.ts";
import { denoFileSystem, join } from "../../../lib/system/mod.ts";
import {
  bitString,
  contextConstructed,
  enumerated,
  integer,
  sequence,
  time,
} from "../../../lib/x509/encoding/der_writer.ts";
import { writePem } from "../../../lib/x509/encoding/pem.ts";
import { readPrivateKeyFile } from "../../../lib/x509/key/private_key_file.ts";
import { webCryptoKeys } from "../../../lib/x509/key/signer.ts";
import { readSingleCertificateFile } from "../../../lib/x509/read/certificate_file.ts";
import { readCrlFile } from "../../../lib/x509/read/crl.ts";
import { type TestCa, withCa } from "../../support/ca.ts";
import { extension } from "../../support/requests.ts";
import { refusing, testSystem } from "../../support/test_world.ts";

interface Checked {
  readonly exit: number;
  /** Code and file or serial number of each problem. */
  readonly problems: readonly string[];
  readonly notes: readonly string[];
  readonly mended: readonly string[];
}

interface JsonFinding {
  readonly code: string;
  readonly kind: string;
  readonly file?: string;
  readonly serial?: string;
}

const naming = ({ code, file, serial }: JsonFinding): string =>
  [code, file ?? serial].filter((part) => part !== undefined).join(" ");

async function checked(ca: TestCa, ...flags: string[]): Promise<Checked> {
  const before = ca.tree();
  const { exit, stdout } = await ca.run(["check", "--json", ...flags]);
  if (flags.length === 0) assert.deepEqual(ca.tree(), before, "check changed something");
  const { findings, mended = [] } = JSON.parse(stdout) as {
    findings: JsonFinding[];
    mended?: JsonFinding[];
  };
  const of = (kind: string): string[] =>
    findings.filter((finding) => finding.kind === kind).map(naming);
  return { exit, problems: of("problem"), notes: of("note"), mended: mended.map(naming) };
}

/** A CA with certificates 02 to 04 and a CRL. 02 is revoked. */
function withGrownCa(work: (ca: TestCa) => Promise<void>): Promise<void> {
  return withCa(async (ca) => {
    const request = await ca.request();
    await ca.done(["sign", request, request, request]);
    await ca.done(["revoke", "02", "--reason", "keyCompromise"]);
    await ca.done(["crl"], { now: new Date("2026-06-01T12:00:05Z") });
    await work(ca);
  });
}

interface JsonEntry {
  serial: string;
  subject: string;
  status: string;
  [field: string]: string;
}

function editIndex(ca: TestCa, edit: (entries: JsonEntry[]) => JsonEntry[]): void {
  ca.write("index.json", JSON.stringify(edit(JSON.parse(ca.read("index.json"))), null, 2) + "\n");
}

const later = { now: new Date("2026-06-01T12:00:10Z") };

Deno.test("ca check finds nothing wrong with an intact CA, and exits 0", async () => {
  await withGrownCa(async (ca) => {
    assert.equal(await ca.done(["check"], later), "CA check: OK\n");
  });
});

/** A kind of damage. `left`: the problems that `--repair` cannot repair. */
interface Damage {
  readonly what: string;
  readonly damage: (ca: TestCa) => void | Promise<void>;
  readonly problems: readonly string[];
  readonly left?: readonly string[];
  /** Whether `--repair` refuses to work, because other users could replace what it writes. */
  readonly isRefused?: boolean;
}

const damages: readonly Damage[] = [
  {
    what: "a certificate without an index entry",
    damage: (ca) => editIndex(ca, (entries) => entries.filter(({ serial }) => serial !== "03")),
    problems: ["missing-entry 03"],
  },
  {
    what: "a revoked certificate without an index entry",
    damage: (ca) => editIndex(ca, (entries) => entries.filter(({ serial }) => serial !== "02")),
    problems: ["missing-entry 02"],
  },
  {
    what: "an index entry without a certificate",
    damage: (ca) => Deno.removeSync(ca.path("certs/03.pem")),
    problems: ["missing-file 03"],
    left: ["missing-file 03"],
  },
  {
    what: "an index entry that differs from its certificate",
    damage: (ca) =>
      editIndex(ca, (entries) => entries.map((entry) => ({ ...entry, subject: "CN=other" }))),
    problems: ["wrong-entry 02", "wrong-entry 03", "wrong-entry 04"],
  },
  {
    what: "a revoked certificate that is active again",
    damage: (ca) =>
      editIndex(ca, (entries) =>
        entries.map((entry) => ({
          ...entry,
          status: "active",
          "revoked_at": "",
          "revocation_reason": "",
        }))),
    problems: ["not-revoked 02"],
  },
  {
    what: "a revocation whose reason was edited",
    damage: (ca) =>
      ca.write("index.json", ca.read("index.json").replace("keyCompromise", "superseded")),
    problems: ["history-revocation 02"],
  },
  {
    what: "a revocation that the CRL should list",
    damage: (ca) =>
      editIndex(
        ca,
        (entries) =>
          entries.map((entry) =>
            entry.serial === "04"
              ? {
                ...entry,
                status: "revoked",
                "revoked_at": "2026-06-01T11:59:01Z",
                "revocation_reason": "superseded",
              }
              : entry
          ),
      ),
    problems: ["wrong-crl 04", "history-revocation 04"],
    left: ["wrong-crl 04"],
  },
  {
    what: "a CRL that lists an unknown certificate",
    damage(ca) {
      editIndex(ca, (entries) => entries.filter(({ serial }) => serial !== "02"));
      Deno.removeSync(ca.path("certs/02.pem"));
    },
    problems: ["unknown-revoked 02", "history-lost 02"],
    left: ["unknown-revoked 02", "history-lost 02"],
  },
  {
    what: "a serial counter that went back",
    damage: (ca) => ca.write("serial", "03\n"),
    problems: ["counter-behind serial"],
  },
  {
    what: "an empty serial counter",
    damage: (ca) => ca.write("serial", ""),
    problems: ["bad-counter serial"],
  },
  {
    what: "a serial counter with a byte order mark",
    damage: (ca) => ca.write("serial", "\ufeff05\n"),
    problems: ["bad-counter serial"],
  },
  {
    what: "a missing serial counter",
    damage: (ca) => Deno.removeSync(ca.path("serial")),
    problems: ["bad-counter serial"],
  },
  {
    what: "a CRL number that went back",
    damage: (ca) => ca.write("crlnumber", "01\n"),
    problems: ["counter-behind crlnumber"],
  },
  {
    what: "an invalid CRL number",
    damage: (ca) => ca.write("crlnumber", "junk\n"),
    problems: ["bad-counter crlnumber"],
  },
  {
    what: "a CRL number that is lost together with the CRL",
    damage(ca) {
      Deno.removeSync(ca.path("crlnumber"));
      Deno.removeSync(ca.path("ca.crl"));
      Deno.removeSync(ca.path("ca.crl.der"));
    },
    problems: ["bad-counter crlnumber"],
    left: ["bad-counter crlnumber"],
  },
  {
    what: "a key that other users can read",
    damage: (ca) => Deno.chmodSync(ca.path("ca.key"), 0o640),
    problems: ["open-mode ca.key"],
  },
  {
    what: "an index that other users can write",
    damage: (ca) => Deno.chmodSync(ca.path("index.json"), 0o666),
    problems: ["open-mode index.json"],
  },
  {
    what: "a certs/ in which other users can replace certificates",
    damage: (ca) => Deno.chmodSync(ca.path("certs"), 0o777),
    problems: ["open-mode certs"],
    isRefused: true,
  },
  {
    what: "a data directory in which other users can replace files",
    damage: (ca) => Deno.chmodSync(ca.dataDirectory, 0o777),
    problems: ["open-mode ."],
    isRefused: true,
  },
  {
    what: "files in certs/ that are not its certificates",
    async damage(ca) {
      ca.write("certs/05.pem", "junk\n");
      ca.write("certs/06.pem", ca.read("certs/03.pem"));
      ca.write("certs/01.pem", ca.read("ca.crt"));
      await withCa(async (other) => {
        await other.done(["sign", await other.request()]);
        ca.write("certs/07.pem", other.read("certs/02.pem"));
      });
      ca.write("serial", "08\n");
    },
    problems: ["01", "05", "06", "07"].map((serial) => `foreign-file certs/${serial}.pem`),
    left: ["01", "05", "06", "07"].map((serial) => `foreign-file certs/${serial}.pem`),
  },
  {
    what: "a key that does not belong to the root",
    damage: (ca) => withCa((other) => Promise.resolve(ca.write("ca.key", other.read("ca.key")))),
    problems: ["bad-file ca.key"],
    left: ["bad-file ca.key"],
  },
  {
    what: "an index that is not JSON",
    damage: (ca) => ca.write("index.json", "junk\n"),
    problems: ["bad-file index.json"],
    left: ["bad-file index.json"],
  },
  {
    what: "a CRL of another CA",
    damage: (ca) =>
      withCa(async (other) => {
        await other.done(["crl"]);
        ca.write("ca.crl", other.read("ca.crl"));
      }),
    problems: ["bad-file ca.crl"],
    left: ["bad-file ca.crl"],
  },
  {
    what: "a DER copy of an earlier CRL, as an older version leaves it",
    async damage(ca) {
      const before = Deno.readFileSync(ca.path("ca.crl.der"));
      await ca.done(["crl"], { now: new Date("2026-06-01T12:00:10Z") });
      Deno.writeFileSync(ca.path("ca.crl.der"), before);
    },
    problems: ["crl-copy ca.crl.der"],
  },
  {
    what: "a DER copy that is no CRL",
    damage: (ca) => ca.write("ca.crl.der", "junk"),
    problems: ["crl-copy ca.crl.der"],
  },
  {
    what: "a CRL in PEM that is older than its DER copy",
    async damage(ca) {
      const before = ca.read("ca.crl");
      await ca.done(["crl"], { now: new Date("2026-06-01T12:00:10Z") });
      ca.write("ca.crl", before);
    },
    problems: ["crl-copy ca.crl"],
  },
  {
    what: "a DER copy without the CRL",
    damage: (ca) => Deno.removeSync(ca.path("ca.crl")),
    problems: ["crl-copy ca.crl.der"],
    left: ["crl-copy ca.crl.der"],
  },
  {
    what: "a missing certs/",
    damage: (ca) => Deno.removeSync(ca.path("certs"), { recursive: true }),
    problems: ["bad-file certs"],
    left: ["bad-file certs"],
  },
];

for (const { what, damage, problems, left = [], isRefused = false } of damages) {
  Deno.test(`ca check reports ${what}, exits 1 and changes nothing`, async () => {
    await withGrownCa(async (ca) => {
      await damage(ca);
      const found = await checked(ca);
      assert.deepEqual(found.problems.toSorted(), problems.toSorted());
      assert.equal(found.exit, 1);
      const { stdout } = await ca.run(["check"]);
      const count = `${problems.length} problem${problems.length === 1 ? "" : "s"}`;
      assert.ok(stdout.startsWith(`CA check: FAILED (${count})\n  Problem: `), stdout);
      const isGone = problems.some((problem) => problem.startsWith("missing-file "));
      assert.equal(/^Restore the missing certificates from a backup/m.test(stdout), isGone);
    });
  });

  if (isRefused) {
    Deno.test(`ca check --repair refuses to work on ${what}`, async () => {
      await withGrownCa(async (ca) => {
        await damage(ca);
        const before = ca.tree();
        const { exit, stdout } = await ca.run(["check", "--json", "--repair"]);
        assert.equal(JSON.parse(stdout).error.code, "untrusted-place");
        assert.equal(exit, 1);
        assert.deepEqual(ca.tree(), before);
      });
    });
    continue;
  }

  const outcome = left.length === 0
    ? "repairs"
    : left.length < problems.length
    ? "repairs a part of"
    : "does not change";
  Deno.test(`ca check --repair ${outcome} ${what}`, async () => {
    await withGrownCa(async (ca) => {
      await damage(ca);
      const before = ca.tree();
      const repaired = await checked(ca, "--repair");
      const mended = problems.filter((problem) => !left.includes(problem));
      assert.deepEqual(repaired.mended.toSorted(), mended.toSorted());
      assert.deepEqual(repaired.problems.toSorted(), left.toSorted());
      assert.equal(repaired.exit, left.length === 0 ? 0 : 1);
      if (mended.length === 0) assert.deepEqual(ca.tree(), before);
      assert.deepEqual((await checked(ca)).problems.toSorted(), left.toSorted());
    });
  });
}

Deno.test("ca check reports a symbolic link instead of a file that changes replace", async () => {
  await withGrownCa(async (ca) => {
    for (const name of ["serial", "crlnumber", "index.json", "ca.crl"]) {
      Deno.renameSync(ca.path(name), join(ca.root, "elsewhere"));
      Deno.symlinkSync("../elsewhere", ca.path(name));
      assert.deepEqual((await checked(ca)).problems, [`bad-file ${name}`]);
      Deno.renameSync(join(ca.root, "elsewhere"), ca.path(name));
    }
  });
});

Deno.test("ca check checks the mode of the key itself if ca.key is a symbolic link", async () => {
  await withGrownCa(async (ca) => {
    const key = join(ca.root, "elsewhere");
    Deno.renameSync(ca.path("ca.key"), key);
    Deno.symlinkSync("../elsewhere", ca.path("ca.key"));
    await ca.done(["sign", await ca.request()], later);
    assert.equal(await ca.done(["check"], later), "CA check: OK\n");
    Deno.chmodSync(key, 0o644);
    assert.deepEqual((await checked(ca)).problems, [`open-mode ${key}`]);
    const { problems, mended } = await checked(ca, "--repair");
    assert.deepEqual([problems, mended], [[`open-mode ${key}`], []]);
  });
});

Deno.test("ca check reports a state directory that other users can write", async () => {
  await withGrownCa(async (ca) => {
    Deno.chmodSync(ca.path(".certswap"), 0o777);
    const { problems, exit } = await checked(ca);
    assert.deepEqual([problems, exit], [["open-mode .certswap"], 1]);
    const { stdout } = await ca.run(["check"]);
    assert.match(stdout, /^ {2}Problem: \.certswap has mode 0777, .* \(expected 0755\)$/m);
    assert.match((await ca.run(["check", "--repair"])).stderr, /can be written by other users/);
  });
});

Deno.test("ca check --repair restores the status of a revoked certificate from the CRL", async () => {
  await withGrownCa(async (ca) => {
    const before = ca.read("index.json");
    editIndex(ca, (entries) => entries.filter(({ serial }) => serial !== "02"));
    await ca.done(["check", "--repair"]);
    assert.equal(ca.read("index.json"), before);
  });
});

Deno.test("ca check --repair raises a counter just above the largest number in use", async () => {
  await withGrownCa(async (ca) => {
    ca.write("serial", "02\n");
    ca.write("crlnumber", "01\n");
    assert.match(
      await ca.done(["check", "--repair"]),
      /^Repaired this problem: .*\nRepaired this problem: .*\nCA check: OK\n/,
    );
    assert.deepEqual([ca.read("serial"), ca.read("crlnumber")], ["05\n", "02\n"]);
  });
});

Deno.test("ca check --repair changes nothing in an intact CA", async () => {
  await withGrownCa(async (ca) => {
    const before = ca.tree();
    assert.equal(await ca.done(["check", "--repair"], later), "CA check: OK\n");
    assert.deepEqual(ca.tree(), before);
  });
});

Deno.test("ca check --repair concludes nothing from a file that could not be read", async () => {
  await withGrownCa(async (ca) => {
    ca.write("serial", "02\n");
    const before = ca.tree();
    const files = refusing(
      denoFileSystem,
      (operation, path) =>
        operation === "open" && path.endsWith("/certs/03.pem") ? "EIO" : undefined,
    );
    const { exit, stderr } = await ca.run(["check", "--repair"], { files });
    assert.equal(exit, 1);
    assert.match(stderr, /^Error: cannot open .*03\.pem: input\/output error/);
    assert.deepEqual(ca.tree(), before);
  });
});

Deno.test("ca check notes later revocations, an old CRL, no CRL, and unknown files", async () => {
  await withGrownCa(async (ca) => {
    await ca.done(["revoke", "03"], later);
    ca.write("certs/README", "mine\n");
    const { exit, notes } = await checked(ca);
    assert.equal(exit, 0);
    assert.deepEqual(notes.toSorted(), ["revoked-since", "stray-file certs/README"]);
    const stale = await ca.done(["check"], { now: new Date("2026-07-01T00:00:00Z") });
    assert.match(stale, /^CA check: OK\n(.*\n)* {2}Note: the CRL is past its next update/);
    Deno.removeSync(ca.path("ca.crl"));
    assert.ok((await checked(ca)).notes.includes("no-crl"));
  });
});

Deno.test("ca check reports an expired root as a problem that cannot be repaired", async () => {
  await withGrownCa(async (ca) => {
    const now = new Date("2037-01-01T00:00:00Z");
    for (const flags of [[], ["--repair"]]) {
      const { exit, stdout } = await ca.run(["check", ...flags], { now });
      assert.equal(exit, 1);
      assert.match(stdout, /Problem: the CA certificate expired on 2036-05-29T12:00:00Z\n/);
      assert.match(stdout, /Renew the CA certificate with the same key/, "what to do now");
    }
  });
});

Deno.test("ca check reports a CA certificate that is not yet valid, with both times", async () => {
  await withGrownCa(async (ca) => {
    const now = new Date("2026-05-01T00:00:00Z");
    const { exit, stdout } = await ca.run(["check"], { now });
    assert.equal(exit, 1);
    assert.match(
      stdout,
      /Problem: the CA certificate is not valid before 2026-\d\d-[^ ]*, and the clock says 2026-05-01T/,
    );
  });
});

/** The note of `ca check` about a root that expires soon, `days` after it was created. */
async function noteAfter(ca: TestCa, days: number): Promise<string | undefined> {
  const now = new Date(Date.parse("2026-06-01T12:00:00Z") + days * 86_400_000);
  const printed = await ca.done(["check"], { now });
  return /Note: the CA certificate expires .*/.exec(printed)?.[0];
}

Deno.test("ca check notes a root that expires before new certificates would", async () => {
  await withCa(async (ca) => {
    assert.equal(await noteAfter(ca, 35), undefined);
    assert.equal(
      await noteAfter(ca, 390),
      "Note: the CA certificate expires on 2027-07-06T12:00:00Z, in 10 days: new certificates cannot be " +
        "valid for longer (this CA signs for up to 365 days)",
    );
    assert.match(String(await noteAfter(ca, 35 + 1 / 86_400)), /in 364 days/);
    assert.match(String(await noteAfter(ca, 399.5)), /in 12 hours/);
    assert.match(String(await noteAfter(ca, 400 - 1 / 1440)), /in 1 minute:/);
  }, ["--validity", "400"]);
});

Deno.test("ca check compares with the longest validity in use, if it is above the default", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request(), "--validity", "825"]);
    assert.equal(await noteAfter(ca, 1000 - 826), undefined);
    assert.match(String(await noteAfter(ca, 1000 - 824)), /signs for up to 825 days/);
    assert.match(String(await noteAfter(ca, 900)), /signs for up to 365 days/, "it has expired");
    await ca.done(["revoke", "02"]);
    assert.equal(await noteAfter(ca, 1000 - 824), undefined);
  }, ["--validity", "1000"]);
});

Deno.test("ca check checks again if another process changed the CA meanwhile", async () => {
  await withGrownCa(async (ca) => {
    // The files that a sign changes, kept to be restored in the middle of a check.
    const names = ["certs/05.pem", "index.json", "serial"];
    const before = names.map((name) => name === "certs/05.pem" ? undefined : ca.read(name));
    await ca.done(["sign", await ca.request()], later);
    const after = names.map(ca.read);
    names.forEach((name, index) => {
      const text = before[index];
      if (text === undefined) Deno.removeSync(ca.path(name));
      else ca.write(name, text);
    });
    let looks = 0;
    const files = {
      ...denoFileSystem,
      readDirectory(path: string): string[] {
        if (path.endsWith("/certs") && looks++ === 0) {
          names.forEach((name, index) => {
            ca.write(`${name}.new`, after[index] ?? "");
            Deno.renameSync(ca.path(`${name}.new`), ca.path(name));
          });
        }
        return denoFileSystem.readDirectory(path);
      },
    };
    assert.equal(await ca.done(["check"], { files, ...later }), "CA check: OK\n");
    assert.ok(looks >= 2);
  });
});

Deno.test("list, verify and check work if nothing can be written", async () => {
  await withGrownCa(async (ca) => {
    const files = refusing(
      denoFileSystem,
      (operation) => operation === "open" ? undefined : "EROFS",
    );
    for (const words of [["list"], ["verify", ca.path("certs/03.pem")], ["check"]]) {
      await ca.done(words, { files, ...later });
    }
  });
});

Deno.test("list, verify and check report that recovery is due, and do not recover", async () => {
  await withGrownCa(async (ca) => {
    ca.write(".index.json.certswap.tmp", "half");
    const before = ca.tree();
    for (const words of [["list"], ["verify", ca.path("certs/03.pem")], ["check"]]) {
      const { exit, stderr } = await ca.run(words, later);
      assert.equal(exit, 0);
      assert.match(
        stderr,
        /^Recovery would remove the rest of an unfinished change:\n.*index\.json/,
      );
    }
    assert.deepEqual(ca.tree(), before);
    const { stderr } = await ca.run(["revoke", "03"], later);
    assert.match(stderr, /^Recovered: removed the rest of an unfinished change/);
  });
});

Deno.test("ca check reports temporary files beside certificates, ca list does not", async () => {
  await withGrownCa(async (ca) => {
    ca.write("certs/.05.pem.certswap.tmp", "half");
    const { stderr } = await ca.run(["check"], later);
    assert.match(stderr, /^Recovery would remove the rest of an unfinished change:\n.*05\.pem/);
    assert.equal((await ca.run(["list"], later)).stderr, "");
    assert.match((await ca.run(["revoke", "03"], later)).stderr, /^Recovered: removed the rest/);
  });
});

Deno.test("check() can report more problems than a call can have arguments", async () => {
  await withCa(async (ca) => {
    const entries = Array.from({ length: 150_000 }, (_, number): IndexEntry => ({
      serial: formatSerial(BigInt(number + 2)),
      subject: "CN=device",
      "not_before": "2026-06-01T12:00:00Z",
      "not_after": "2027-06-01T12:00:00Z",
      status: "active",
      "revoked_at": "",
      "revocation_reason": "",
    }));
    Deno.writeFileSync(ca.path("index.json"), encodeIndex(entries));
    const { findings } = await check(testSystem(), { dataDirectory: ca.dataDirectory });
    const missing = findings.filter(({ code }) => code === "missing-file");
    assert.equal(missing.length, entries.length);
  });
});

Deno.test("ca check reads a CRL with two authority key identifiers, and notes it", async () => {
  await withGrownCa(async (ca) => {
    // An older version has issued it, and kept no history.
    Deno.removeSync(ca.path("history.jsonl"));
    const { number = 1n, ...crl } = readCrlFile(Deno.readFileSync(ca.path("ca.crl")));
    const root = readSingleCertificateFile(Deno.readFileSync(ca.path("ca.crt")));
    const signer = await webCryptoKeys.load(
      readPrivateKeyFile(Deno.readFileSync(ca.path("ca.key"))),
      root.subjectPublicKeyInfo,
    );
    const write = async (...extensions: Uint8Array[]): Promise<void> => {
      const tbs = sequence(
        integer(1n),
        signer.algorithm.signature,
        crl.issuer.der,
        time(crl.thisUpdate),
        time(new Date("2027-01-01T00:00:00Z")),
        sequence(...[...crl.entries].map(({ serial, revokedAt }) =>
          sequence(
            integer(serial),
            time(revokedAt),
            sequence(extension("2.5.29.21", enumerated(1))),
          )
        )),
        contextConstructed(0, sequence(...extensions)),
      );
      const der = sequence(tbs, signer.algorithm.signature, bitString(await signer.sign(tbs)));
      ca.write("ca.crl", writePem("X509 CRL", der));
      Deno.writeFileSync(ca.path("ca.crl.der"), der);
    };
    const identifier = extension("2.5.29.35", sequence());
    await write(identifier, identifier, extension("2.5.29.20", integer(number)));
    assert.deepEqual(await checked(ca), {
      exit: 0,
      problems: [],
      notes: ["crl-repeated-extension", "no-history"],
      mended: [],
    });
    const crlNumber = extension("2.5.29.20", integer(number));
    await write(identifier, crlNumber, crlNumber);
    assert.deepEqual((await checked(ca)).problems, ["bad-file ca.crl"]);
    const { stdout } = await ca.run(["check"]);
    assert.match(stdout, /ca\.crl: .* is not a CRL/);
    assert.doesNotMatch(stdout, /not a certificate/);
  });
});

for (
  const [what, damage] of [
    ["is not PEM", (ca: TestCa) => ca.write("ca.crl", "hello\n")],
    ["is truncated", (ca: TestCa) => ca.write("ca.crl", ca.read("ca.crl").slice(0, 200))],
    ["is empty", (ca: TestCa) => ca.write("ca.crl", "")],
    ["is missing", (ca: TestCa) => Deno.removeSync(ca.path("ca.crl"))],
  ] as const
) {
  Deno.test(`ca check --repair adds no certificate as active while the CRL ${what}`, async () => {
    await withGrownCa(async (ca) => {
      const entry = (serial: string): JsonEntry | undefined =>
        (JSON.parse(ca.read("index.json")) as JsonEntry[]).find((one) => one.serial === serial);
      const crl = ca.read("ca.crl");
      // 02 is revoked and 03 is not, but without index, CRL and history they cannot be told apart.
      Deno.removeSync(ca.path("history.jsonl"));
      editIndex(ca, (entries) => entries.filter(({ serial }) => serial === "04"));
      damage(ca);
      const { exit, stdout } = await ca.run(["check", "--repair"], later);
      assert.equal(exit, 1);
      assert.match(
        stdout,
        /02 is in certs\/, but not in the index.* it is unknown whether it was revoked/,
      );
      assert.match(stdout, /Restore ca\.crl or index\.json from a backup/);
      assert.deepEqual([entry("02"), entry("03")], [undefined, undefined]);
      // The hint says to restore the CRL.
      ca.write("ca.crl", crl);
      await ca.done(["check", "--repair"], later);
      assert.deepEqual([entry("02")?.status, entry("03")?.status], ["revoked", "active"]);
    });
  });
}

Deno.test("the hint of ca check works without a backup of the CRL", async () => {
  await withGrownCa(async (ca) => {
    Deno.removeSync(ca.path("history.jsonl"));
    editIndex(ca, (entries) => entries.filter(({ serial }) => serial !== "02"));
    ca.write("ca.crl", "hello\n");
    Deno.removeSync(ca.path("ca.crl"));
    await ca.done(["crl"], later);
    await ca.done(["check", "--repair"], later);
    await ca.done(["revoke", "02"], later);
    assert.match(await ca.done(["check"], later), /CA check: OK/);
  });
});
