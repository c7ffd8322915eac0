/** Refusals, except of requests: the message, the exit code, and nothing changed on disk. */
import assert from "node:assert/strict";
import { join } from "../../lib/system/mod.ts";
import { writePem } from "../../lib/x509/encoding/pem.ts";
import { testOnEachStore, withCa, withNoCa } from "../support/ca.ts";
import { refused } from "../support/refused.ts";
import { requestKey } from "../support/requests.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { runCli, testSystem } from "../support/test_world.ts";

const initWords = ["init", "--subject", "CN=My Root CA"];

// Without a CA.

for (
  const words of [
    ["sign", "device.csr"],
    ["sign", "--from", "requests"],
    ["revoke", "02"],
    ["crl"],
    ["list"],
    ["verify", "cert.pem"],
    ["check"],
    ["check", "--repair"],
  ]
) {
  Deno.test(`ca ${words.join(" ")} without a CA creates nothing, not even a lock`, async () => {
    const error = "CA not initialized. Run 'ca init' first.";
    await withNoCa((ca) => refused(ca, words, { error }).then(() => {}));
    await withNoCa(async (ca) => {
      Deno.mkdirSync(ca.dataDirectory);
      await refused(ca, words, { error });
    });
  });

  Deno.test(`ca ${words.join(" ")} with only ca.key reports that ca.crt is missing`, async () => {
    await withCa(async (ca) => {
      Deno.removeSync(ca.path("ca.crt"));
      await refused(ca, words, {
        error: `CA incomplete at ${ca.dataDirectory}: ca.crt is missing`,
      });
    });
  });
}

Deno.test("ca init never overwrites a CA or part of one", async () => {
  for (const remove of [[], ["ca.key"], ["ca.crt"]]) {
    await withCa(async (ca) => {
      for (const name of remove) Deno.removeSync(ca.path(name));
      await refused(ca, initWords, { error: `CA already initialized at ${ca.dataDirectory}` });
    });
  }
});

Deno.test("ca init refuses a directory with files of an old CA", async () => {
  for (const name of ["serial", "crlnumber", "index.json", "ca.crl", "certs/02.pem"]) {
    await withNoCa(async (ca) => {
      Deno.mkdirSync(ca.path("certs"), { recursive: true });
      ca.write(name, "left\n");
      await refused(ca, initWords, { error: new RegExp(`^Error: .*/${name} already exists`) });
    });
  }
});

Deno.test("a data directory that is a file is refused", async () => {
  await withNoCa(async (ca) => {
    Deno.writeTextFileSync(ca.dataDirectory, "");
    await refused(ca, initWords, { error: /is a regular file, expected a directory/ });
    await refused(ca, ["list"], { error: /is a regular file, expected a directory/ });
  });
});

// Time.

testOnEachStore("ca sign and ca crl refuse a root that has expired", async (ca) => {
  const now = new Date("2036-05-29T12:00:01Z");
  const error = "CA certificate expired on 2036-05-29T12:00:00Z";
  await refused(ca, ["sign", await ca.request()], { now, error });
  await refused(ca, ["crl"], { now, error });
});

testOnEachStore(
  "ca sign and ca crl refuse a clock before the root's notBefore, and print both times",
  async (ca) => {
    const now = new Date("2026-06-01T11:58:59Z");
    const error = /2026-06-01T11:58:59Z.*Not Before, 2026-06-01T11:59:00Z/;
    await refused(ca, ["sign", await ca.request()], { now, error });
    await refused(ca, ["crl"], { now, error });
  },
);

testOnEachStore(
  "ca sign and ca crl refuse a clock before the last CRL, and print both times",
  async (ca) => {
    await ca.done(["crl"], { now: new Date("2026-07-01T00:00:00Z") });
    const now = new Date("2026-06-30T23:58:59Z");
    const error = /2026-06-30T23:58:59Z.*This Update, 2026-06-30T23:59:00Z/;
    await refused(ca, ["sign", await ca.request()], { now, error });
    await refused(ca, ["crl"], { now, error });
  },
);

Deno.test("after a CRL with a wrong date is removed, the CA works and CRL numbers increase", async () => {
  await withCa(async (ca) => {
    await ca.done(["crl"], { now: new Date("2030-01-01T00:00:00Z") });
    const stderr = await refused(ca, ["crl"], { error: /This Update, 2029-12-31T23:59:00Z/ });
    assert.match(stderr, /^Hint: .* move ca\.crl away/m);
    Deno.removeSync(ca.path("ca.crl"));
    assert.match(await ca.done(["crl"]), /^ {2}CRL Number: {11}2$/m);
  });
});

// Counters.

Deno.test("ca sign refuses a counter behind the index or certs/, and prints both values", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    for (let count = 0; count < 3; count++) await ca.done(["sign", request]);
    ca.write("serial", "04\n");
    const index = ca.read("index.json");
    await refused(ca, ["sign", request], {
      error: /\/serial contains 04, but index\.json already uses 04/,
    });
    ca.write("index.json", "[]\n");
    await refused(ca, ["sign", request], {
      error: /\/serial contains 04, but certs\/ already uses 04/,
    });
    ca.write("index.json", index);
    ca.write("serial", "01\n");
    for (const serial of ["02", "03", "04"]) Deno.removeSync(ca.path(`certs/${serial}.pem`));
    ca.write("index.json", "[]\n");
    await refused(ca, ["sign", request], {
      error: /\/serial contains 01, but ca\.crt already uses 01/,
    });
  });
});

Deno.test("ca crl refuses a counter that is not above the last CRL's number, and prints both", async () => {
  await withCa(async (ca) => {
    ca.write("crlnumber", "0a\n");
    await ca.done(["crl"]);
    for (const value of ["0a", "09"]) {
      ca.write("crlnumber", `${value}\n`);
      await refused(ca, ["crl"], {
        error: new RegExp(`/crlnumber contains ${value}, but ca\\.crl already uses 0a`),
      });
    }
  });
});

for (
  const content of ["", "\n", "2\n", "002\n", "0A\n", "00\n", "02 \n", "02\n03\n", "-1\n", "0x02\n"]
) {
  Deno.test(`a counter file with ${JSON.stringify(content)} is refused by name`, async () => {
    await withCa(async (ca) => {
      ca.write("serial", content);
      await refused(ca, ["sign", await ca.request()], {
        error: /\/serial must contain one lowercase/,
      });
      ca.write("serial", "02\n");
      ca.write("crlnumber", content);
      await refused(ca, ["crl"], { error: /\/crlnumber must contain one lowercase/ });
    });
  });
}

Deno.test("a counter file that is missing or far too large is refused by name", async () => {
  await withCa(async (ca) => {
    ca.write("serial", "0".repeat(1000));
    await refused(ca, ["sign", await ca.request()], { error: /\/serial is larger than/ });
    Deno.removeSync(ca.path("serial"));
    await refused(ca, ["sign", await ca.request()], { error: /: serial is missing/ });
    Deno.removeSync(ca.path("crlnumber"));
    await refused(ca, ["crl"], { error: /: crlnumber is missing/ });
  });
});

Deno.test("a counter that has reached the largest number is refused", async () => {
  await withCa(async (ca) => {
    ca.write("serial", `7${"f".repeat(39)}\n`);
    await refused(ca, ["sign", await ca.request()], { error: /\/serial has reached the largest/ });
  });
});

// The CA's own files.

testOnEachStore("ca sign and ca crl refuse a root that does not match its key", async (ca) => {
  const { pkcs8 } = await requestKey();
  ca.write("ca.key", writePem("PRIVATE KEY", pkcs8));
  for (const words of [["sign", await ca.request()], ["crl"]]) {
    await refused(ca, words, { error: /ca\.crt does not match the key .*ca\.key/ });
  }
});

Deno.test("invalid files of the CA are refused by name", async () => {
  const junk = "junk\n";
  await withCa(async (ca) => {
    const request = await ca.request();
    const [key, certificate] = [ca.read("ca.key"), ca.read("ca.crt")];
    ca.write("ca.key", junk);
    await refused(ca, ["sign", request], {
      error: /ca\.key does not contain a usable private key/,
    });
    ca.write("ca.key", key);
    ca.write("ca.crt", junk);
    await refused(ca, ["sign", request], { error: /ca\.crt is not a certificate/ });
    await refused(ca, ["verify", request], { error: /ca\.crt is not a certificate/ });
    ca.write("ca.crt", certificate);
    ca.write("ca.crl", junk);
    await refused(ca, ["crl"], { error: /ca\.crl is not a CRL/ });
    Deno.removeSync(ca.path("ca.crl"));
    await ca.done(["sign", request]);
    ca.write("ca.crt", ca.read("certs/02.pem"));
    await refused(ca, ["crl"], { error: /ca\.crt is not a CA certificate/ });
  });
});

Deno.test("files that changes replace must not be symbolic links", async () => {
  await withCa(async (ca) => {
    for (const name of ["serial", "index.json"]) {
      Deno.renameSync(ca.path(name), ca.path("elsewhere"));
      Deno.symlinkSync("elsewhere", ca.path(name));
      await refused(ca, ["sign", await ca.request()], { error: /is a symbolic link, expected/ });
      Deno.renameSync(ca.path("elsewhere"), ca.path(name));
    }
  });
});

// Revocation.

testOnEachStore("ca revoke refuses an unknown serial number and that of the root", async (ca) => {
  await refused(ca, ["revoke", "99"], { error: "certificate with serial 99 not found" });
  const error = "certificate with serial 01 not found";
  const said = await refused(ca, ["revoke", "01"], { error });
  assert.match(said, /^Hint: 01 is the CA's own certificate\..* If it is a root, remove it/m);
  await refused(ca, ["revoke", "hello"], { error: "certificate with serial hello not found" });
  await refused(ca, ["revoke", "f".repeat(100)], {
    error: /^Error: certificate with serial f+ not found$/,
  });
});

testOnEachStore(
  "ca revoke refuses a certificate that is already revoked, and keeps reason and time",
  async (ca) => {
    await ca.done(["sign", await ca.request()]);
    await ca.done(["revoke", "02", "--reason", "superseded"]);
    await refused(ca, ["revoke", "2", "--reason", "keyCompromise"], {
      error: "certificate with serial 02 is already revoked",
    });
  },
);

// The command line.

const usage: readonly [readonly string[], RegExp][] = [
  [["init"], /--subject/],
  [["init", "--subject", ""], /--subject/],
  [["init", "--subject", "nonsense"], /--subject/],
  [["init", "--subject", "C=USA"], /--subject.*two-letter code/],
  [["init", "--subject", "CN=#0c01ff"], /--subject.*not DER/],
  [["init", "--subject", `1.2${".1".repeat(64)}=x`], /--subject.*unknown attribute type/],
  [["init", "--subject", "CN=x", "--key-algorithm", "dsa"], /invalid key algorithm/],
  ...["0", "-1", "1e9", "abc", "36501", "", "1.5", "99999999999"].map((
    days,
  ): [readonly string[], RegExp] => [
    ["init", "--subject", "CN=x", `--validity=${days}`],
    /--validity/,
  ]),
  ...["0", "-1", "36501", "abc"].map((
    days,
  ): [readonly string[], RegExp] => [["sign", "a.csr", "--validity", days], /--validity/]),
  [["sign"], /CSR-FILE is missing/],
  [["revoke"], /SERIAL is missing/],
  [["revoke", "02", "--reason", "because"], /--reason/],
  [["revoke", "02", "--reason", "certificateHold"], /--reason/],
  [["crl", "--next-update", "0"], /--next-update/],
  [["crl", "--next-update", "x"], /--next-update/],
  [["verify"], /CERT-FILE is missing/],
  [["verify", "a.pem", "b.pem"], /unexpected argument/],
  [["bogus"], /unknown command/],
  [["list", "--bogus"], /unknown flag --bogus/],
];

for (const [words, error] of usage) {
  Deno.test(`ca ${words.join(" ")} exits 2 and names the problem`, async () => {
    await withNoCa((ca) => refused(ca, words, { error, exit: 2 }).then(() => {}));
  });
}

const requestUsage: readonly [readonly string[], RegExp][] = [
  [["--out-key", "k", "--out-csr", "c"], /--subject/],
  [["--subject", "CN=x", "--out-csr", "c"], /--out-key/],
  [["--subject", "CN=x", "--out-key", "k"], /--out-csr/],
  [["--subject", "CN=x", "--out-key", "k", "--out-csr", "k"], /--out-key and --out-csr/],
  [["--subject", "", "--out-key", "k", "--out-csr", "c"], /--subject/],
  [["--subject", "CN=x", "--out-key", "k", "--out-csr", "c", "--san", "foo"], /invalid SAN/],
  [["--subject", "CN=x", "--out-key", "k", "--out-csr", "c", "--san", "IP:1.2.3"], /invalid SAN/],
  [["--subject", "CN=x", "--out-key", "k", "--out-csr", "c", "--san", ""], /invalid SAN/],
  [
    ["--subject", "CN=x", "--out-key", "k", "--out-csr", "c", "--key-algorithm", "rsa"],
    /invalid key algorithm/,
  ],
];

for (const [words, error] of requestUsage) {
  Deno.test(`ca request ${words.join(" ")} exits 2, names the problem, and writes nothing`, async () => {
    await withNoCa(async (ca) => {
      const placed = words.map((word, index) =>
        ["--out-key", "--out-csr"].includes(words[index - 1] ?? "") ? join(ca.root, word) : word
      );
      const { exit, stderr } = await runCli(["ca", "request", ...placed], { system: testSystem() });
      assert.equal(exit, 2, stderr);
      assert.match(stderr, error);
      assert.deepEqual(ca.tree(), []);
    });
  });
}

Deno.test("ca request never overwrites a key or a request, and then creates nothing", async () => {
  for (const taken of ["device.key", "device.csr"]) {
    await withNoCa(async (ca) => {
      Deno.writeTextFileSync(join(ca.root, taken), "mine\n");
      const before = ca.tree();
      const { exit, stderr } = await runCli([
        "ca",
        "request",
        "--subject",
        "CN=x",
        "--out-key",
        join(ca.root, "device.key"),
        "--out-csr",
        join(ca.root, "device.csr"),
      ], { system: testSystem() });
      assert.equal(exit, 1);
      assert.match(stderr, new RegExp(`${taken} already exists`));
      assert.deepEqual(ca.tree(), before);
    });
  }
});

Deno.test("ca revoke tells a person that clients learn of it from the next CRL", async () => {
  await withTemporaryDirectory(async (root) => {
    const ca = ["--data-dir", `${root}/ca`];
    const [key, csr] = [`${root}/a.key`, `${root}/a.csr`];
    await runCli(["ca", "init", ...ca, "--subject", "CN=Root"]);
    await runCli(["ca", "request", "--subject", "CN=a", "--out-key", key, "--out-csr", csr]);
    await runCli(["ca", "sign", csr, ...ca]);
    await runCli(["ca", "sign", csr, ...ca]);
    const told = await runCli(["ca", "revoke", "02", ...ca], { isTerminal: true });
    assert.match(told.stderr, /next CRL\. To create it: certswap ca crl --data-dir \S+$/m);
    assert.equal((await runCli(["ca", "revoke", "03", ...ca])).stderr, "");
  });
});
