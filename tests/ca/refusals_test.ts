/** What is refused: the message, the exit code, and nothing changed on disk. */
import assert from "node:assert/strict";
import { join } from "../../lib/system/mod.ts";
import {
  bitString,
  contextConstructed,
  contextPrimitive,
  integer,
  objectIdentifier,
  sequence,
} from "../../lib/x509/der_writer.ts";
import { encodeDistinguishedName } from "../../lib/x509/distinguished_name.ts";
import { type TestCa, withCa, withNoCa } from "../support/ca.ts";
import { algorithm, extension, type RequestCraft, requestKey } from "../support/requests.ts";
import { runCli, testSystem } from "../support/test_world.ts";

/** Runs words that must be refused: exit code, first line of standard error, and nothing changed. */
async function refused(
  ca: TestCa,
  words: readonly string[],
  { error, exit = 1, now }: { error: string | RegExp; exit?: number; now?: Date },
): Promise<string> {
  const before = ca.tree();
  const run = await ca.run(words, now === undefined ? {} : { now });
  assert.deepEqual(ca.tree(), before, "something changed");
  const [line = ""] = run.stderr.split("\n");
  if (typeof error === "string") assert.equal(line, `Error: ${error}`);
  else assert.match(line, error);
  assert.equal(run.exit, exit, run.stderr);
  assert.equal(run.stdout, "");
  assert.doesNotMatch(run.stderr, /\n\s+at /, "a stack was printed");
  return run.stderr;
}

const initWords = ["init", "--subject", "CN=My Root CA"];

// On no CA.

for (
  const words of [
    ["sign", "device.csr"],
    ["revoke", "02"],
    ["crl"],
    ["list"],
    ["verify", "cert.pem"],
    ["check"],
    ["check", "--repair"],
  ]
) {
  Deno.test(`ca ${words.join(" ")} on no CA says so and creates nothing, not even a lock`, async () => {
    const error = "CA not initialized. Run 'ca init' first.";
    await withNoCa((ca) => refused(ca, words, { error }).then(() => {}));
    await withNoCa(async (ca) => {
      Deno.mkdirSync(ca.dataDirectory);
      await refused(ca, words, { error });
    });
  });

  for (const [present, missing] of [["ca.crt", "ca.key"], ["ca.key", "ca.crt"]] as const) {
    Deno.test(`ca ${words.join(" ")} says that ${missing} is missing where only ${present} is there`, async () => {
      await withCa(async (ca) => {
        Deno.removeSync(ca.path(missing));
        await refused(ca, words, {
          error: `CA incomplete at ${ca.dataDirectory}: ${missing} is missing`,
        });
      });
    });
  }
}

Deno.test("ca init never overwrites a CA, nor half of one", async () => {
  for (const remove of [[], ["ca.key"], ["ca.crt"]]) {
    await withCa(async (ca) => {
      for (const name of remove) Deno.removeSync(ca.path(name));
      await refused(ca, initWords, { error: `CA already initialized at ${ca.dataDirectory}` });
    });
  }
});

Deno.test("ca init refuses to begin beside what is left of another CA", async () => {
  for (const name of ["serial", "crlnumber", "index.json", "ca.crl", "certs/02.pem"]) {
    await withNoCa(async (ca) => {
      Deno.mkdirSync(ca.path("certs"), { recursive: true });
      Deno.mkdirSync(ca.path(".certswap"), { mode: 0o700 });
      Deno.writeTextFileSync(ca.path(".certswap/ca.lock"), "", { mode: 0o600 });
      ca.write(name, "left\n");
      await refused(ca, initWords, { error: new RegExp(`^Error: .*/${name} is there already`) });
    });
  }
});

Deno.test("a data directory that is a file is refused", async () => {
  await withNoCa(async (ca) => {
    Deno.writeTextFileSync(ca.dataDirectory, "");
    await refused(ca, initWords, { error: /is a regular file, where a directory is needed/ });
    await refused(ca, ["list"], { error: /is a regular file, where a directory is needed/ });
  });
});

// Time.

Deno.test("ca sign and ca crl refuse a root that has expired", async () => {
  await withCa(async (ca) => {
    const now = new Date("2036-05-29T12:00:01Z");
    const error = "CA certificate expired on 2036-05-29T12:00:00Z";
    await refused(ca, ["sign", await ca.request()], { now, error });
    await refused(ca, ["crl"], { now, error });
  });
});

Deno.test("ca sign and ca crl refuse a clock before the root's notBefore, with both times", async () => {
  await withCa(async (ca) => {
    const now = new Date("2026-06-01T11:59:59Z");
    const error = /2026-06-01T11:59:59Z.*Not Before, 2026-06-01T12:00:00Z/;
    await refused(ca, ["sign", await ca.request()], { now, error });
    await refused(ca, ["crl"], { now, error });
  });
});

Deno.test("ca sign and ca crl refuse a clock before the last CRL's thisUpdate, with both times", async () => {
  await withCa(async (ca) => {
    await ca.done(["crl"], { now: new Date("2026-07-01T00:00:00Z") });
    const now = new Date("2026-06-30T23:59:59Z");
    const error = /2026-06-30T23:59:59Z.*This Update, 2026-07-01T00:00:00Z/;
    await refused(ca, ["sign", await ca.request()], { now, error });
    await refused(ca, ["crl"], { now, error });
  });
});

// Counters.

Deno.test("ca sign refuses a counter that is not above every number in the index and in certs/, with both values", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    for (let count = 0; count < 3; count++) await ca.done(["sign", request]);
    ca.write("serial", "04\n");
    const index = ca.read("index.json");
    await refused(ca, ["sign", request], {
      error: /\/serial holds 04, but index\.json has 04 already/,
    });
    ca.write("index.json", "[]\n");
    await refused(ca, ["sign", request], {
      error: /\/serial holds 04, but certs\/ has 04 already/,
    });
    ca.write("index.json", index);
    ca.write("serial", "01\n");
    for (const serial of ["02", "03", "04"]) Deno.removeSync(ca.path(`certs/${serial}.pem`));
    ca.write("index.json", "[]\n");
    await refused(ca, ["sign", request], {
      error: /\/serial holds 01, but ca\.crt has 01 already/,
    });
  });
});

Deno.test("ca crl refuses a counter that is not above the last CRL's number, with both values", async () => {
  await withCa(async (ca) => {
    ca.write("crlnumber", "0a\n");
    await ca.done(["crl"]);
    for (const value of ["0a", "09"]) {
      ca.write("crlnumber", `${value}\n`);
      await refused(ca, ["crl"], {
        error: new RegExp(`/crlnumber holds ${value}, but ca\\.crl has 0a already`),
      });
    }
  });
});

for (
  const content of ["", "\n", "2\n", "002\n", "0A\n", "00\n", "02 \n", "02\n03\n", "-1\n", "0x02\n"]
) {
  Deno.test(`a counter file that holds ${JSON.stringify(content)} is refused by its name`, async () => {
    await withCa(async (ca) => {
      ca.write("serial", content);
      await refused(ca, ["sign", await ca.request()], {
        error: /\/serial does not hold one number/,
      });
      ca.write("serial", "02\n");
      ca.write("crlnumber", content);
      await refused(ca, ["crl"], { error: /\/crlnumber does not hold one number/ });
    });
  });
}

Deno.test("a counter file that is missing, or far too large, is refused by its name", async () => {
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

Deno.test("ca sign and ca crl refuse a root that does not match its key", async () => {
  await withCa(async (ca) => {
    const { pkcs8 } = await requestKey();
    ca.write(
      "ca.key",
      `-----BEGIN PRIVATE KEY-----\n${pkcs8.toBase64()}\n-----END PRIVATE KEY-----\n`
        .replace(/(.{64})(?=.)/g, "$1\n").replace(
          "-----BEGIN PRIVATE KEY-----\n",
          "-----BEGIN PRIVATE KEY-----\n",
        ),
    );
    for (const words of [["sign", await ca.request()], ["crl"]]) {
      await refused(ca, words, { error: /ca\.crt does not match the key .*ca\.key/ });
    }
  });
});

Deno.test("files of the CA that are not what they should be are refused by their names", async () => {
  const junk = "junk\n";
  await withCa(async (ca) => {
    const request = await ca.request();
    const [key, certificate] = [ca.read("ca.key"), ca.read("ca.crt")];
    ca.write("ca.key", junk);
    await refused(ca, ["sign", request], { error: /ca\.key does not hold a private key/ });
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
    await refused(ca, ["crl"], { error: /ca\.crt is not the certificate of a CA/ });
  });
});

Deno.test("files that are replaced must not be links", async () => {
  await withCa(async (ca) => {
    for (const name of ["serial", "index.json"]) {
      Deno.renameSync(ca.path(name), ca.path("elsewhere"));
      Deno.symlinkSync("elsewhere", ca.path(name));
      await refused(ca, ["sign", await ca.request()], { error: /is a symbolic link, where/ });
      Deno.renameSync(ca.path("elsewhere"), ca.path(name));
    }
  });
});

// Requests.

/** One request that must be refused. */
function refusesRequest(
  what: string,
  craft: RequestCraft | ((ca: TestCa) => Promise<RequestCraft> | RequestCraft),
  error: string | RegExp,
): void {
  Deno.test(`ca sign refuses a request ${what}`, async () => {
    await withCa(async (ca) => {
      const made = typeof craft === "function" ? await craft(ca) : craft;
      await refused(ca, ["sign", await ca.request("bad.csr", made)], { error });
    });
  });
}

const unsupported = "unsupported key algorithm in CSR. Supported: ECDSA P-256, RSA 2048";
const unverified = "CSR signature verification failed";
const junkSignature = (): Promise<Uint8Array<ArrayBuffer>> => Promise.resolve(new Uint8Array(70));

const ecKeyInfo = (curve: string, point: Uint8Array): Uint8Array =>
  sequence(algorithm("1.2.840.10045.2.1", objectIdentifier(curve)), bitString(point));
const point = (length: number): Uint8Array => Uint8Array.of(4, ...new Uint8Array(length).fill(7));

async function rsaKeyInfo(modulusLength: number): Promise<Uint8Array> {
  const { publicKey } = await crypto.subtle.generateKey(
    { name: "RSA-PSS", hash: "SHA-256", modulusLength, publicExponent: Uint8Array.of(1, 0, 1) },
    true,
    ["sign", "verify"],
  );
  return new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
}

refusesRequest(
  "for a key on secp256k1, before its signature is looked at",
  { publicKeyInfo: ecKeyInfo("1.3.132.0.10", point(64)), sign: junkSignature },
  unsupported,
);
refusesRequest(
  "for a key on P-384",
  { publicKeyInfo: ecKeyInfo("1.3.132.0.34", point(96)), sign: junkSignature },
  unsupported,
);
for (const bits of [1024, 3072]) {
  refusesRequest(
    `for an RSA key of ${bits} bits`,
    async () => ({ publicKeyInfo: await rsaKeyInfo(bits), sign: junkSignature }),
    unsupported,
  );
}
refusesRequest(
  "for an Ed25519 key",
  {
    publicKeyInfo: sequence(algorithm("1.3.101.112"), bitString(new Uint8Array(32))),
    sign: junkSignature,
  },
  unsupported,
);
refusesRequest(
  "for a compressed point",
  {
    publicKeyInfo: ecKeyInfo(
      "1.2.840.10045.3.1.7",
      Uint8Array.of(2, ...new Uint8Array(32).fill(7)),
    ),
    sign: junkSignature,
  },
  unsupported,
);
refusesRequest(
  "for a point that is not on the curve",
  { publicKeyInfo: ecKeyInfo("1.2.840.10045.3.1.7", point(64)) },
  /CSR signature verification failed|unsupported key algorithm/,
);
refusesRequest("whose signature is another's", { sign: junkSignature }, unverified);
refusesRequest(
  "for a key that its maker does not have",
  async () => ({ publicKeyInfo: (await requestKey("rsa-2048")).publicKeyInfo }),
  unverified,
);
for (
  const [name, oid] of [
    ["SHA-1 and RSA", "1.2.840.113549.1.1.5"],
    ["MD5 and RSA", "1.2.840.113549.1.1.4"],
    ["SHA-1 and ECDSA", "1.2.840.10045.4.1"],
  ] as const
) {
  Deno.test(`ca sign refuses a request signed with ${name}, and says in a hint that this is why`, async () => {
    await withCa(async (ca) => {
      const keyType = name.endsWith("RSA") ? "rsa-2048" : "ecdsa-p256";
      const request = await ca.request("bad.csr", { keyType, signatureAlgorithm: algorithm(oid) });
      const stderr = await refused(ca, ["sign", request], { error: unverified });
      assert.match(stderr, /^Hint: It is signed with .*(sha1|SHA1|md5).*, which is broken/m);
    });
  });
}
refusesRequest(
  "signed with an unknown algorithm",
  { signatureAlgorithm: algorithm("1.2.3.4") },
  unverified,
);
refusesRequest("without any name", { subject: "" }, /^Error: CSR refused: it has neither/);
refusesRequest(
  "for the CA's own name",
  { subject: "CN=My Root CA,O=My Org,C=US" },
  /^Error: CSR refused: its subject is the CA's own name/,
);
refusesRequest(
  "for the CA's own name in other letters and another string type",
  {
    subject: sequence(
      ...[["2.5.4.6", "us"], ["2.5.4.10", "my  ORG"], ["2.5.4.3", "My Root CA"]].map(
        ([oid = "", value = ""]) => {
          const text = new TextEncoder().encode(value);
          const attribute = sequence(
            objectIdentifier(oid),
            Uint8Array.of(0x13, text.length, ...text),
          );
          return Uint8Array.of(0x31, attribute.length, ...attribute);
        },
      ),
    ),
  },
  /^Error: CSR refused: its subject is the CA's own name/,
);
Deno.test("ca sign refuses a request for the CA's own key", async () => {
  await withCa(async (ca) => {
    const pem = ca.read("ca.key").split("\n").slice(1, -2).join("");
    const key = await crypto.subtle.importKey(
      "pkcs8",
      Uint8Array.fromBase64(pem),
      { name: "ECDSA", namedCurve: "P-256" },
      true,
      ["sign"],
    );
    const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", key);
    const decode = (part: string): Uint8Array =>
      Uint8Array.fromBase64(part, { alphabet: "base64url" });
    const request = await ca.request("bad.csr", {
      publicKeyInfo: ecKeyInfo("1.2.840.10045.3.1.7", Uint8Array.of(4, ...decode(x), ...decode(y))),
      sign: async (tbs) => {
        const raw = new Uint8Array(
          await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, tbs),
        );
        const number = (bytes: Uint8Array) => integer(BigInt(`0x${bytes.toHex()}`));
        return sequence(number(raw.subarray(0, 32)), number(raw.subarray(32)));
      },
    });
    await refused(ca, ["sign", request], { error: "CSR refused: its key is the CA's own" });
  });
});
refusesRequest(
  "with a registeredID among its names",
  {
    names: sequence(contextPrimitive(2, Uint8Array.of(97)), contextPrimitive(8, Uint8Array.of(42))),
  },
  /^Error: CSR refused: .*neither DNS, IP, URI nor email, but: registeredID$/,
);
refusesRequest(
  "with a directoryName among its names",
  { names: sequence(contextConstructed(4, encodeDistinguishedName("CN=x"))) },
  /but: directoryName$/,
);
refusesRequest(
  "with an empty name",
  { names: sequence(contextPrimitive(2, new Uint8Array())) },
  /is empty/,
);
refusesRequest(
  "with a control character in a name",
  { names: sequence(contextPrimitive(2, new TextEncoder().encode("a\n.example"))) },
  /^Error: CSR refused: an alternative name holds a control character: DNS:a\\0A\.example$/,
);
refusesRequest(
  "with a name that is not ASCII",
  { names: sequence(contextPrimitive(2, new TextEncoder().encode("b\u00fccher.example"))) },
  /^Error: failed to parse CSR from .*bad\.csr$/,
);
refusesRequest(
  "with a critical extension that is not known",
  { extensions: [extension("1.2.3.4", Uint8Array.of(5, 0), true)] },
  "CSR refused: it has a critical extension that is not known here: 1.2.3.4",
);
refusesRequest(
  "whose subject is not UTF-8",
  {
    subject: sequence(
      Uint8Array.of(0x31, 11, 0x30, 9, 6, 3, 0x55, 4, 3, 0x0c, 2, 0xff, 0xfe),
    ),
  },
  /^Error: failed to parse CSR from .*bad\.csr$/,
);

Deno.test("ca sign refuses what is no request, by the name of the file", async () => {
  await withCa(async (ca) => {
    const file = join(ca.root, "bad.csr");
    const error = `failed to parse CSR from ${file}`;
    const good = Deno.readTextFileSync(await ca.request());
    for (
      const text of [
        "",
        "junk",
        good.slice(0, 100),
        good.replace("\nMI", "\nAA"),
        good + good,
        ca.read("ca.crt"),
        ca.read("ca.key"),
      ]
    ) {
      Deno.writeTextFileSync(file, text);
      await refused(ca, ["sign", file], { error });
    }
  });
});

Deno.test("ca sign refuses a request of 100 MB without reading it", async () => {
  await withCa(async (ca) => {
    const file = await ca.request("bad.csr");
    Deno.truncateSync(file, 100_000_000);
    await refused(ca, ["sign", file], { error: `failed to parse CSR from ${file}` });
  });
});

Deno.test("ca sign names a request that is not there", async () => {
  await withCa(async (ca) => {
    const file = join(ca.root, "missing.csr");
    await refused(ca, ["sign", file], { error: /missing\.csr: no such file or directory/ });
  });
});

// Revocation.

Deno.test("ca revoke refuses a serial number that is unknown, or that of the root", async () => {
  await withCa(async (ca) => {
    await refused(ca, ["revoke", "99"], { error: "certificate with serial 99 not found" });
    await refused(ca, ["revoke", "01"], { error: "certificate with serial 01 not found" });
    await refused(ca, ["revoke", "hello"], { error: "certificate with serial hello not found" });
    await refused(ca, ["revoke", "f".repeat(100)], {
      error: /^Error: certificate with serial f+ not found$/,
    });
  });
});

Deno.test("ca revoke refuses a certificate that is revoked, and keeps reason and time", async () => {
  await withCa(async (ca) => {
    await ca.done(["sign", await ca.request()]);
    await ca.done(["revoke", "02", "--reason", "superseded"]);
    await refused(ca, ["revoke", "2", "--reason", "keyCompromise"], {
      error: "certificate with serial 02 is already revoked",
    });
  });
});

// The command line.

const usage: readonly [readonly string[], RegExp][] = [
  [["init"], /--subject/],
  [["init", "--subject", ""], /--subject/],
  [["init", "--subject", "nonsense"], /--subject/],
  [["init", "--subject", "C=USA"], /--subject.*two letters/],
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
  [["verify", "a.pem", "b.pem"], /one argument too many/],
  [["bogus"], /unknown command/],
  [["list", "--bogus"], /unknown flag --bogus/],
];

for (const [words, error] of usage) {
  Deno.test(`ca ${words.join(" ")} exits 2 and says what is wrong`, async () => {
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
  Deno.test(`ca request ${words.join(" ")} exits 2, says what is wrong, and writes nothing`, async () => {
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

Deno.test("ca request overwrites neither a key nor a request, and leaves nothing where one is there", async () => {
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
      assert.match(stderr, new RegExp(`${taken} exists already`));
      assert.deepEqual(ca.tree(), before);
    });
  }
});
