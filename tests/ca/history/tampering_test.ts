/** `ca check` finds what was changed behind certswap's back, in each kind of store. */
import assert from "node:assert/strict";
import { type TestCa, testCa, withCa } from "../../support/ca.ts";
import { type TamperedStore, tamperedStores } from "./tampered_store.ts";

/** What was there before, for changes that bring it back. */
interface Earlier {
  /** CRL 1. */
  readonly crl: string;
  /** Another certificate of this CA with the serial number 04, and one with 06. */
  readonly other04: string;
  readonly other06: string;
  /** The head of the history. */
  readonly head: string;
}

/** A way to tamper, and the finding that must tell it: its code, and what it is about. */
interface Tampering {
  readonly title: string;
  readonly tamper: (store: TamperedStore, ca: TestCa, earlier: Earlier) => Promise<void>;
  readonly found: readonly string[];
}

const tamperings: readonly Tampering[] = [
  {
    title: "a certificate removed, with its record",
    tamper: (store, ca) => store.removeCertificate(ca, "04"),
    found: ["history-lost 04"],
  },
  {
    title: "a certificate added, signed with the CA's key",
    tamper: (store, ca, { other06 }) => store.addCertificate(ca, "06", other06),
    found: ["history-unrecorded"],
  },
  {
    title: "a revoked certificate made active again",
    tamper: (store, ca) => store.editRecord(ca, "02", { isActive: true }),
    found: ["history-revocation 02"],
  },
  {
    title: "the time of a revocation changed",
    tamper: (store, ca) => store.editRecord(ca, "05", { revokedAt: "2026-06-01T11:00:00Z" }),
    found: ["history-revocation 05"],
  },
  {
    title: "the reason of a revocation changed",
    tamper: (store, ca) => store.editRecord(ca, "05", { reason: "superseded" }),
    found: ["history-revocation 05"],
  },
  {
    title: "a certificate revoked without certswap",
    tamper: (store, ca) =>
      store.name === "directory"
        ? editStatus(ca, "04")
        : store.editRecord(ca, "04", { revokedAt: "2026-06-01T11:00:00Z", reason: "superseded" }),
    found: ["history-revocation 04"],
  },
  {
    title: "a certificate replaced by another one with the same serial number",
    tamper: (store, ca, { other04 }) => store.replaceCertificate(ca, "04", other04),
    found: ["history-certificate 04"],
  },
  {
    title: "the subject in a record changed",
    tamper: (store, ca) => store.editRecord(ca, "04", { subject: "CN=other" }),
    found: ["wrong-entry 04"],
  },
  {
    title: "a date in a record changed",
    tamper: (store, ca) => store.editRecord(ca, "04", { notAfter: "2036-06-01T00:00:00Z" }),
    found: ["wrong-entry 04"],
  },
  {
    title: "names in the details changed",
    tamper: (store, ca) => store.editDetails(ca, "04", "names", "DNS:other.example"),
    found: ["wrong-details 04"],
  },
  {
    title: "the profile in the details changed",
    tamper: (store, ca) => store.editDetails(ca, "04", "profile", "server"),
    found: ["history-details 04"],
  },
  {
    title: "an entry of the history removed in the middle",
    tamper: (store, ca) => store.editHistory(ca, (lines) => lines.toSpliced(4, 1)),
    found: ["history-broken"],
  },
  {
    title: "an entry of the history changed",
    tamper: (store, ca) =>
      store.editHistory(
        ca,
        (lines) =>
          lines.map((line, index) =>
            index === 3 ? line.replace('"time":"2026', '"time":"2025') : line
          ),
      ),
    found: ["history-broken"],
  },
  {
    title: "an entry of the history damaged",
    tamper: (store, ca) => store.editHistory(ca, (lines) => lines.with(3, "{")),
    found: ["history-broken"],
  },
  {
    title: "two entries of the history exchanged",
    tamper: (store, ca) =>
      store.editHistory(ca, (lines) => lines.with(2, lines[3] ?? "").with(3, lines[2] ?? "")),
    found: ["history-broken"],
  },
  {
    title: "the start of the history cut off",
    tamper: (store, ca) => store.editHistory(ca, (lines) => lines.slice(2)),
    found: ["history-broken"],
  },
  {
    title: "the end of the history cut off",
    tamper: (store, ca) => store.editHistory(ca, (lines) => lines.slice(0, -3)),
    found: ["history-revocation 05"],
  },
  {
    title: "the serial counter set back, and the newest certificate removed",
    tamper: async (store, ca) => {
      await store.removeCertificate(ca, "05");
      await store.setCounter(ca, "serial", "05");
    },
    found: ["counter-behind"],
  },
  {
    title: "the CRL replaced by an older one",
    tamper: (store, ca, { crl }) => store.replaceCrl(ca, crl),
    found: ["history-crl"],
  },
  {
    title: "the CRL number set back along with the CRL",
    tamper: async (store, ca, { crl }) => {
      await store.replaceCrl(ca, crl);
      await store.setCounter(ca, "crlnumber", "02");
    },
    found: ["counter-behind", "history-crl"],
  },
];

// deno-lint-ignore require-await
async function editStatus(ca: TestCa, serial: string): Promise<void> {
  const entries = JSON.parse(ca.read("index.json")) as Record<string, string>[];
  const changed = entries.map((entry) =>
    entry["serial"] !== serial ? entry : {
      ...entry,
      status: "revoked",
      "revoked_at": "2026-06-01T11:00:00Z",
      "revocation_reason": "superseded",
    }
  );
  ca.write("index.json", `${JSON.stringify(changed, undefined, 2)}\n`);
}

interface Checked {
  readonly exit: number;
  /** Problems: a code, and what it is about. */
  readonly problems: readonly string[];
  readonly text: string;
}

async function check(ca: TestCa, ...flags: string[]): Promise<Checked> {
  const { exit, stdout } = await ca.run(["check", "--json", ...flags]);
  const { findings } = JSON.parse(stdout) as {
    findings: { code: string; kind: string; serial?: string; file?: string; text?: string }[];
  };
  const problems = findings.filter(({ kind }) => kind === "problem")
    .map(({ code, serial, file }) => [code, serial ?? file].filter(Boolean).join(" "));
  const { stdout: text, stderr } = await ca.run(["check"]);
  return { exit, problems, text: text + stderr };
}

/** A CA with certificates 02 to 05 and two CRLs. 03 and 05 are revoked and listed, 02 is not listed yet. */
async function withGrownCa(
  store: TamperedStore,
  work: (ca: TestCa, earlier: Earlier) => Promise<void>,
): Promise<void> {
  await withCa(async (ca) => {
    // With numbers that are not random, their counter can be set back.
    ca.write("ca.toml", 'serial = "sequential"\n');
    Deno.chmodSync(ca.path("ca.toml"), 0o600);
    const request = await ca.request();
    await ca.done(["sign", request, request]);
    await ca.done(["revoke", "03", "--reason", "keyCompromise"]);
    await ca.done(["crl"]);
    const crl = ca.read("ca.crl");
    // The same CA, elsewhere, signs something else with the same numbers.
    const copy = `${ca.root}/copy`;
    await copyDirectory(ca.dataDirectory, copy);
    const elsewhere = testCa(ca.root, "copy");
    const stolen = await ca.request("stolen.csr", { names: "DNS:stolen.example" });
    const other04 = await elsewhere.done(["sign", stolen, "--out", "-"]);
    await elsewhere.done(["sign", stolen]);
    const other06 = await elsewhere.done(["sign", stolen, "--out", "-"]);
    await ca.done(["sign", request, request]);
    await ca.done(["revoke", "05", "--reason", "cessationOfOperation"]);
    await ca.done(["crl"]);
    await ca.done(["revoke", "02"]);
    const { stdout: verified } = await ca.run(["history", "verify", "--json"]);
    const { head } = JSON.parse(verified) as { head: string };
    await work(ca, { crl, other04, other06, head });
  }, ["--store", store.name]);
}

async function copyDirectory(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyDirectory(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

for (const store of tamperedStores) {
  Deno.test(`${store.name}: ca check finds nothing in a CA that only certswap has changed`, async () => {
    await withGrownCa(store, async (ca, { head }) => {
      assert.deepEqual((await check(ca)).problems, []);
      const { exit } = await ca.run(["history", "verify", "--head", head]);
      assert.equal(exit, 0);
    });
  });

  for (const { title, tamper, found } of tamperings) {
    Deno.test(`${store.name}: ca check finds ${title}`, async () => {
      await withGrownCa(store, async (ca, earlier) => {
        await tamper(store, ca, earlier);
        const { exit, problems } = await check(ca);
        assert.equal(exit, 1);
        for (const wanted of found) {
          assert.ok(
            problems.some((problem) => problem.startsWith(wanted)),
            `${wanted}: ${problems}`,
          );
        }
      });
    });
  }

  Deno.test(`${store.name}: a head kept elsewhere finds a history whose end was cut off`, async () => {
    await withGrownCa(store, async (ca, { head }) => {
      await store.editHistory(ca, (lines) => lines.slice(0, -1));
      assert.equal((await ca.run(["history", "verify"])).exit, 0);
      const { exit, stdout } = await ca.run(["history", "verify", "--head", head]);
      assert.equal(exit, 1);
      assert.match(stdout, /^Missing: the history has no entry with the hash [0-9a-f]{64}/m);
    });
  });

  Deno.test(`${store.name}: --repair restores revocations, and records what it finds`, async () => {
    await withGrownCa(store, async (ca, { other06 }) => {
      await store.editRecord(ca, "05", { isActive: true });
      await store.editDetails(ca, "04", "profile", "server");
      await store.addCertificate(ca, "06", other06);
      await store.setCounter(ca, "serial", "07");
      const { problems } = await check(ca);
      assert.ok(problems.includes("history-unrecorded"), `${problems}`);
      await ca.run(["check", "--repair"]);
      const { problems: left } = await check(ca);
      assert.deepEqual(left, []);
      const { stdout } = await ca.run(["list", "--json"]);
      const { certificates } = JSON.parse(stdout) as {
        certificates: { serial: string; status: string }[];
      };
      assert.equal(certificates.find(({ serial }) => serial === "05")?.status, "revoked");
      const { stdout: told } = await ca.run(["history", "--serial", "06"]);
      assert.match(told, /adopt/);
    });
  });
}
