/** `details.jsonl`: what it holds, how it is read, and how `ca check` keeps it correct. */
import assert from "node:assert/strict";
import { appendToDetails, detailsLimit } from "../../../lib/ca/store/directory/details/append.ts";
import { serialsWithKeys } from "../../../lib/ca/store/directory/details/find_keys.ts";
import { readDetails } from "../../../lib/ca/store/directory/details/read.ts";
import { sha256Hex } from "../../../lib/system/mod.ts";
import { readSingleCertificateFile } from "../../../lib/x509/mod.ts";
import { type TestCa, withCa } from "../../support/ca.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const key = "ab".repeat(32);

/** The lines of `details.jsonl`, parsed. */
function linesOf(ca: TestCa): Record<string, unknown>[] {
  return ca.read("details.jsonl").trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("ca sign writes a line for each certificate: profile, names, who asked, the key", async () => {
  await withCa(async (ca) => {
    const names = "DNS:a.example,IP:192.0.2.1,URI:urn:a,email:a@b.example";
    const request = await ca.request("a.csr", { subject: "CN=a.example", names });
    await ca.done(["sign", request]);
    const { subjectPublicKeyInfo } = readSingleCertificateFile(
      Deno.readFileSync(ca.path("certs/02.pem")),
    );
    const [line, ...others] = linesOf(ca);
    assert.deepEqual(others, []);
    assert.match(String(line?.["requested_by"]), /^(?:user .+|uid \d+)$/);
    assert.deepEqual({ ...line, "requested_by": "" }, {
      serial: "02",
      profile: "device",
      names: names.split(","),
      "requested_by": "",
      key: await sha256Hex(subjectPublicKeyInfo.der),
    });
  });
});

Deno.test("readDetails() reads every line about a wanted certificate, however it is written", () => {
  const text = [
    `{"serial":"02","profile":"a"}`,
    `{"serial":"03","profile":"not parsed`,
    `{"profile":"b","serial":"02"}`,
    `{"serial":"03","profile":"c","serial":"02"}`,
    `{ "serial": "03" }`,
    "",
  ].join("\n");
  const read = readDetails(bytes(text), "details.jsonl", new Set(["02"]));
  assert.deepEqual(read.get("02"), { profile: "c" });
  assert.throws(() => readDetails(bytes(text), "details.jsonl"), { line: 2, problem: "not-json" });
});

Deno.test("later lines add fields, replace them, and remove them with null", () => {
  const text = `{"serial":"02","profile":"a","names":["DNS:a"]}
{"serial":"03","profile":"b"}
{"serial":"02","profile":"c","superseded_by":"03"}
{"serial":"02","names":null}
`;
  assert.deepEqual([...readDetails(bytes(text), "details.jsonl")], [
    ["02", { profile: "c", supersededBy: "03" }],
    ["03", { profile: "b" }],
  ]);
});

Deno.test("unknown fields of a newer version are ignored, and so is a missing newline at the end", () => {
  const all = readDetails(bytes(`{"serial":"02","colour":"red","key":"${key}"}`), "details.jsonl");
  assert.deepEqual([...all], [["02", { key }]]);
});

const bad: readonly [string, string | Uint8Array, number, string, string?][] = [
  ["text", "hello", 1, "not-json"],
  ["an empty line", '{"serial":"02"}\n\n{"serial":"03"}\n', 2, "not-json"],
  ["half a line", '{"serial":"02"}\n{"serial":"03","na', 2, "not-json"],
  ["an array", "[]\n", 1, "not-an-object"],
  ["a line without serial", "{}\n", 1, "missing-field", "serial"],
  ["an odd serial", '{"serial":"2"}\n', 1, "bad-value", "serial"],
  ["names that are no list", '{"serial":"02","names":"DNS:a"}\n', 1, "bad-value", "names"],
  ["names that are numbers", '{"serial":"02","names":[1]}\n', 1, "bad-value", "names"],
  ["a short key", '{"serial":"02","key":"ab"}\n', 1, "bad-value", "key"],
  ["a number as profile", '{"serial":"02","profile":1}\n', 1, "bad-value", "profile"],
  ["an odd successor", '{"serial":"02","superseded_by":"x"}\n', 1, "bad-value", "superseded_by"],
  [
    "bytes that are not UTF-8",
    Uint8Array.of(...bytes('{"serial":"02"}\n{"serial":"03","profile":"'), 0xff, 0x22, 0x7d),
    2,
    "not-utf8",
  ],
];
for (const [what, content, line, problem, field] of bad) {
  Deno.test(`readDetails() refuses ${what}, with the line`, () => {
    const given = typeof content === "string" ? bytes(content) : content;
    assert.throws(() => readDetails(given, "/ca/details.jsonl"), (error) => {
      const { code, ...info } = error as Record<string, unknown>;
      assert.equal(code, "bad-details");
      assert.deepEqual([info["line"], info["problem"], info["field"]], [line, problem, field]);
      return true;
    });
  });
}

Deno.test("lines are appended without reading the old content, after a missing newline too", () => {
  const lines = [{ serial: "03", details: { supersededBy: "04" } }];
  const added = '{"serial":"03","superseded_by":"04"}\n';
  const append = (old: string | undefined): string =>
    new TextDecoder().decode(
      appendToDetails(old === undefined ? undefined : bytes(old), { lines, path: "" }),
    );
  assert.equal(append(undefined), added);
  assert.equal(append("anything\n"), `anything\n${added}`);
  assert.equal(append("anything"), `anything\n${added}`);
});

Deno.test("new certificates leave room in details.jsonl for corrections", () => {
  const lines = [{ serial: "03", details: {} }];
  const full = new Uint8Array(detailsLimit / 4 * 3);
  assert.throws(() => appendToDetails(full, { lines, path: "" }), { code: "index-full" });
  const corrected = appendToDetails(full, { lines, path: "", room: detailsLimit });
  assert.ok(corrected.length > full.length);
});

Deno.test("a key is found in the lines that have it, and in no other", () => {
  const other = "cd".repeat(32);
  const text = `{"serial":"02","key":"${key}"}
{"serial":"03","key":"${other}"}
{"serial":"04","key":"${key}"
{"serial":"0x","key":"${key}"}
{"serial":"05","key":"${key}"}`;
  assert.deepEqual([...serialsWithKeys(bytes(text), new Set([key]))], ["02", "05"]);
  assert.deepEqual([...serialsWithKeys(bytes(""), new Set([key]))], []);
});

Deno.test("ca check finds details that differ from the certificate, --repair corrects them", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    await ca.done(["crl"]);
    const correct = ca.read("details.jsonl");
    const wrong = JSON.parse(correct);
    wrong.names = ["DNS:other.example"];
    wrong.key = key;
    wrong["superseded_by"] = "77";
    ca.write("details.jsonl", `${JSON.stringify(wrong)}\n`);
    const { exit, stdout } = await ca.run(["check"]);
    assert.equal(exit, 1);
    assert.match(
      stdout,
      /details\.jsonl and certificate 02 differ in names, key, superseded_by \(repairable\)/,
    );
    assert.match(
      await ca.done(["check", "--repair"]),
      /^Repaired this problem: details\.jsonl and certificate/,
    );
    assert.equal(await ca.done(["check"]), "CA check: OK\n");
    const { certificates: [listed] } = JSON.parse(await ca.done(["list", "--json"]));
    assert.deepEqual([listed.names, listed.supersededBy, listed.profile], [[], null, "device"]);
  });
});

Deno.test("a CA of an older version has no details: it works, and check --repair adds them", async () => {
  await withCa(async (ca) => {
    const request = await ca.request("a.csr", { names: "DNS:a.example" });
    await ca.done(["sign", request]);
    await ca.done(["crl"]);
    const before = ca.read("details.jsonl");
    Deno.removeSync(ca.path("details.jsonl"));
    Deno.removeSync(ca.path("history.jsonl"));
    const { certificates: [listed] } = JSON.parse(await ca.done(["list", "--json"]));
    assert.deepEqual([listed.names, listed.profile], [["DNS:a.example"], null]);
    assert.match(await ca.done(["list", "--name", "a.example"]), /^02 /m);
    assert.match(await ca.done(["show", "02"]), /Profile: +\(not recorded\)/);
    const { stderr } = await ca.run(["sign", request]);
    assert.match(stderr, /the active certificate 02 has the same key and names/);
    assert.match(
      await ca.done(["check"]),
      /Note: issued by an older version: 02\. Their names and keys are not/,
    );
    await ca.done(["check", "--repair"]);
    assert.equal(await ca.done(["check"]), "CA check: OK\n");
    const [first, ...others] = linesOf(ca).toReversed();
    const { names, key } = JSON.parse(before);
    assert.deepEqual(first, { serial: "02", names, key });
    assert.equal(others.length, 1);
  });
});

Deno.test("ca sign does not need valid lines in details.jsonl, other commands name a bad one", async () => {
  await withCa(async (ca) => {
    ca.write("details.jsonl", "garbage\n");
    await ca.done(["sign", await ca.request()]);
    assert.ok(ca.read("details.jsonl").startsWith("garbage\n{"));
    for (const words of [["show", "02"], ["list", "--json"], ["list", "--name", "a"]]) {
      const { exit, stderr } = await ca.run(words);
      assert.equal(exit, 1);
      assert.match(stderr, /details\.jsonl line 1: not JSON\nHint: Correct this line/);
    }
    const { exit, stdout } = await ca.run(["check"]);
    assert.equal(exit, 1);
    assert.match(stdout, /Problem: details\.jsonl: .*line 1: not JSON/);
    await ca.done(["list"]);
    await ca.done(["revoke", "02"]);
  });
});

Deno.test("ca check notes details of certificates that do not exist", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    ca.write("details.jsonl", `${ca.read("details.jsonl")}{"serial":"77","profile":"a"}\n`);
    assert.match(
      await ca.done(["check"]),
      /Note: details\.jsonl has lines for certificates that do not exist: 77/,
    );
  });
});

Deno.test("details.jsonl must not be a symbolic link, and its mode is checked", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    await ca.done(["sign", request]);
    Deno.chmodSync(ca.path("details.jsonl"), 0o666);
    assert.match((await ca.run(["check"])).stdout, /details\.jsonl has mode 0666/);
    await ca.done(["check", "--repair"]);
    Deno.renameSync(ca.path("details.jsonl"), ca.path("elsewhere"));
    Deno.symlinkSync("elsewhere", ca.path("details.jsonl"));
    const before = ca.tree();
    assert.equal((await ca.run(["sign", request])).exit, 1);
    assert.deepEqual(ca.tree(), before);
  });
});
