/** `ca list` with filters. */
import assert from "node:assert/strict";
import { matchesGlob } from "../../../lib/ca/inventory/names.ts";
import { commonNames } from "../../../lib/ca/store/common_names.ts";
import { type TestCa, testOnEachStore, withCa } from "../../support/ca.ts";

/** 02 expires in June 2027, 03 in 30 days, 04 is revoked, 05 has expired on 8 June 2026. */
function testWithMixedCa(name: string, work: (ca: TestCa) => Promise<void>): void {
  testOnEachStore(name, async (ca) => {
    const sign = async (name: string, days: string): Promise<void> => {
      const names = { subject: `CN=${name},O=Example\\, Inc`, names: `DNS:${name}.example` };
      await ca.done(["sign", await ca.request(`${name}.csr`, names), "--validity", days]);
    };
    await sign("meter-1", "365");
    await sign("meter-2", "30");
    await sign("pump", "60");
    await sign("gate", "7");
    await ca.done(["revoke", "04"]);
    await work(ca);
  });
}

/** Ten days after everything was signed. */
const later = { now: new Date("2026-06-11T12:00:00Z") };

async function listed(ca: TestCa, ...flags: string[]): Promise<string[]> {
  const json = await ca.done(["list", "--json", ...flags], later);
  return JSON.parse(json).certificates.map(({ serial }: { serial: string }) => serial);
}

const cases: readonly [readonly string[], readonly string[]][] = [
  [[], ["02", "03", "04", "05"]],
  [["--active"], ["02", "03"]],
  [["--expired"], ["05"]],
  [["--revoked"], ["04"]],
  [["--expired", "--revoked"], ["04", "05"]],
  [["--expiring", "30d"], ["03"]],
  [["--expiring", "30"], ["03"]],
  [["--expiring", "20d"], ["03"]],
  [["--expiring", "19d"], []],
  [["--expiring", "1000d"], ["03", "02"]],
  [["--active", "--expiring", "30d"], ["03"]],
  [["--expired", "--expiring", "30d"], ["03", "05"]],
  [["--revoked", "--expiring", "30d"], ["03", "04"]],
  [["--name", "meter-*"], ["02", "03"]],
  [["--name", "METER-?.example"], ["02", "03"]],
  [["--name", "DNS:pump*"], ["04"]],
  [["--name", "gate"], ["05"]],
  [["--name", "example"], []],
  [["--name", "meter-*", "--expiring", "30d"], ["03"]],
  [["--subject", "meter"], ["02", "03"]],
  [["--subject", "o=example"], ["02", "03", "04", "05"]],
  [["--subject", "meter", "--revoked"], []],
  [["--profile", "device"], ["02", "03", "04", "05"]],
  [["--profile", "server"], []],
  [["--limit", "2"], ["02", "03"]],
  [["--limit", "1", "--name", "*"], ["02"]],
];

testWithMixedCa(
  "ca list selects by status, end, name, subject and profile, in every combination",
  async (ca) => {
    for (const [flags, wanted] of cases) {
      assert.deepEqual(await listed(ca, ...flags), wanted, flags.join(" "));
    }
  },
);

testWithMixedCa(
  "the table has the same columns with filters, and says so if nothing matches",
  async (ca) => {
    assert.equal(
      await ca.done(["list", "--expiring", "30d"], later),
      "SERIAL  STATUS   NOT AFTER             SUBJECT\n" +
        "03      active   2026-07-01T12:00:00Z  CN=meter-2,O=Example\\, Inc\n",
    );
    assert.equal(await ca.done(["list", "--profile", "none"]), "No certificates match.\n");
    const limited = await ca.run(["list", "--limit", "1"], later);
    assert.match(limited.stdout, /^02 /m);
    assert.match(limited.stderr, /3 more certificates not shown because of --limit/);
    const { matching } = JSON.parse(await ca.done(["list", "--limit", "1", "--json"], later));
    assert.equal(matching, 4);
  },
);

testWithMixedCa("ca list --json has the alternative names and the details", async (ca) => {
  const { certificates: [first] } = JSON.parse(await ca.done(["list", "--json"], later));
  assert.deepEqual(first.names, ["DNS:meter-1.example"]);
  assert.deepEqual([first.profile, first.supersededBy, first.importedFrom], [
    "device",
    null,
    null,
  ]);
  assert.match(first.requestedBy, /^(?:user|uid) /);
});

testOnEachStore(
  "a certificate ends with the last second of its validity, in --expiring too",
  async (ca) => {
    await ca.done(["sign", await ca.request(), "--validity", "1"]);
    const at = async (time: string, ...flags: string[]): Promise<string> =>
      await ca.done(["list", ...flags], { now: new Date(time) });
    assert.match(await at("2026-06-02T12:00:00.999Z", "--expiring", "1h"), /^02 +active/m);
    assert.match(await at("2026-06-02T12:00:01Z"), /^02 +expired/m);
    assert.equal(await at("2026-06-02T12:00:01Z", "--expiring", "1h"), "No certificates match.\n");
  },
);

for (
  const [flags, error] of [
    [["--expiring", "soon"], /'soon' is not a duration/],
    [["--limit", "0"], /'0' is not a number of certificates/],
    [["--limit", "many"], /'many' is not a number of certificates/],
  ] as const
) {
  Deno.test(`ca list ${flags.join(" ")} is a usage error`, async () => {
    await withCa(async (ca) => {
      const { exit, stderr } = await ca.run(["list", ...flags]);
      assert.equal(exit, 2);
      assert.match(stderr, error);
    });
  });
}

Deno.test("a pattern matches whole names in any case", () => {
  const matches: readonly [string, string, boolean][] = [
    ["a.example", "a.example", true],
    ["a.example", "A.EXAMPLE", true],
    ["a.example", "a", false],
    ["a.example", "*", true],
    ["", "*", true],
    ["", "", true],
    ["a", "", false],
    ["a.b.example", "*.example", true],
    ["a.example", "?.example", true],
    ["ab.example", "?.example", false],
    ["aXbXc", "a*X*c", true],
    ["aXbXd", "a*X*c", false],
    ["[a]", "[a]", true],
  ];
  for (const [text, pattern, wanted] of matches) {
    assert.equal(matchesGlob(text, pattern), wanted, `${text} ${pattern}`);
  }
});

Deno.test("a pattern of many stars takes no longer than the product of both lengths", () => {
  assert.equal(matchesGlob("a".repeat(5000), `${"*a".repeat(1000)}b`), false);
});

Deno.test("common names are found in a subject with escapes and several attributes", () => {
  assert.deepEqual(commonNames("CN=a.example,O=X,C=US"), ["a.example"]);
  assert.deepEqual(commonNames("O=CN\\,CN=b,CN=c\\,d+CN=e"), ["c,d", "e"]);
  assert.deepEqual(commonNames(""), []);
});
