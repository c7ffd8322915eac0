/** The flags for outputs, and a combined file as the only one of a pair. */
import assert from "node:assert/strict";
import { type OutputFlags, outputFlags, outputPaths } from "../../../lib/cli/declaration/mod.ts";
import { UsageError } from "../../../lib/cli/errors.ts";
import { fleet, withDevice } from "../../support/device.ts";
import { runCli } from "../../support/test_world.ts";

/** The outputs of these values of `--output`. */
function outputsOf(
  values: readonly string[],
  others: Omit<OutputFlags, "output"> & { readonly trust?: string } = {},
): ReturnType<typeof outputPaths> {
  return outputPaths({ output: values.map(outputFlags.output.parse), ...others });
}

Deno.test("--output names a path, a format and the contents in their order", () => {
  assert.deepEqual(outputsOf(["/a:b:c.pem:pem:chain,key", "k.der:der:key"]), {
    outputs: [
      {
        path: "/a:b:c.pem",
        format: "pem",
        contains: ["chain", "key"],
        rights: {},
        profile: "modern",
      },
      { path: "k.der", format: "der", contains: ["key"], rights: {}, profile: "modern" },
    ],
  });
});

Deno.test("--output-password-file is for the PKCS#12 outputs only, and --trust for what contains it", () => {
  const others = { outputPasswordFile: "/p", trust: "/ca.pem" };
  const { outputs = [], trust } = outputsOf(["/a:pem:trust", "/b:pkcs12:key,chain"], others);
  assert.deepEqual(outputs.map(({ passwordFile }) => passwordFile), [undefined, "/p"]);
  assert.equal(trust, "/ca.pem");
  assert.equal(outputsOf(["/a:pem:key"], { trust: "/ca.pem" }).trust, undefined);
});

Deno.test("a line without --output has no outputs", () => {
  assert.deepEqual(outputPaths({ trust: "/ca.pem", name: "web" }), {});
});

for (
  const [value, problem] of [
    ["/a.pem", /'\/a\.pem' is not PATH:FORMAT:CONTENTS/],
    ["/a.pem:pem", /is not PATH:FORMAT:CONTENTS/],
    [":pem:key", /the path is empty/],
    ["/a.pem:jks:key", /'jks' is not a format of an output/],
    ["/a.pem:pem:", /'' is not a part of an output/],
    ["/a.pem:pem:key, chain", /' chain' is not a part of an output/],
    ["/a.pem:pem:key,root", /'root' is not a part of an output/],
    ["/a.pem:pem:key,key", /"key" is given twice/],
    ["/a.pem:pem:chain,certificate", /"chain" already includes "certificate"/],
    ["/a.pem:pem:trust", /"trust" has no CA certificates to write; set --trust to a file/],
    ["/a.der:der:chain", /a DER file holds one key or one certificate/],
    ["/a.p12:pkcs12:key,chain", /set --output-password-file to the file that contains it/],
  ] as const
) {
  Deno.test(`--output ${value} is refused`, () => {
    assert.throws(() => outputsOf([value]), (error) => {
      assert(error instanceof UsageError);
      assert.match(error.problems.join(), problem);
      return true;
    });
  });
}

Deno.test("a PKCS#12 output with a key needs its certificate", () => {
  assert.throws(
    () => outputsOf(["/a.p12:pkcs12:key,intermediates"], { outputPasswordFile: "/p" }),
    /PKCS#12 holds a key with its certificate/,
  );
});

Deno.test("a password file without a PKCS#12 output is refused", () => {
  const outputPasswordFile = "/p";
  assert.throws(() => outputPaths({ outputPasswordFile }), /there are none/);
  assert.throws(() => outputsOf(["/a:pem:key"], { outputPasswordFile }), /there are none/);
});

Deno.test("an output cannot contain trust anchors that come from a stream", () => {
  assert.throws(() => outputsOf(["/a:pem:trust"], { trust: "/dev/stdin" }), /--trust is a stream/);
});

Deno.test("swap refuses --output together with --name, without reading a configuration", async () => {
  const { exit, stderr } = await runCli([
    ...["swap", "--name", "web", "--config", "/missing"],
    ...["--output", "/a.pem:pem:chain"],
  ]);
  assert.equal(exit, 2);
  assert.match(stderr, /--output cannot be used with --name/);
  assert.match(stderr, /\[\[pair\.NAME\.output\]\]/);
});

Deno.test("swap says which value of --output is wrong", async () => {
  const { exit, stderr } = await runCli(["swap", "--dir", "/tls", "--output", "/a.pem:pem:all"]);
  assert.equal(exit, 2);
  assert.match(stderr, /--output: 'all' is not a part of an output\. Write key, certificate, /);
});

Deno.test("swap refuses an output over its own password file or trust anchors", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const out = `${device.root}/out`;
    Deno.writeTextFileSync(out, "secret\n", { mode: 0o600 });
    for (
      const [words, role] of [
        [
          ["--output", `${out}:pkcs12:key,chain`, "--output-password-file", `${device.root}/./out`],
          /as the output and as the password file/,
        ],
        [
          ["--output", `${out}:pem:trust`, "--trust", `${device.root}/./out`],
          /as the output and as the trust anchors/,
        ],
        [
          [
            ...["--output", `${device.root}/a:pkcs12:key,chain`],
            ...["--output-password-file", `${device.tls}/key.pem`],
          ],
          /as the key and as the password file/,
        ],
      ] as const
    ) {
      const { exit, stderr } = await runCli(["swap", "--dir", device.tls, ...words]);
      assert.equal(exit, 2, stderr);
      assert.match(stderr, role);
    }
    assert.equal(Deno.readTextFileSync(out), "secret\n");
  });
});

Deno.test("--combined alone selects a pair; with half of a pair it does not", async () => {
  const half = await runCli(["status", "--combined", "/a.pem", "--cert", "/c.pem"]);
  assert.equal(half.exit, 2);
  assert.match(half.stderr, /--key is missing/);
  const none = await runCli(["swap"]);
  assert.match(none.stderr, /no pair is selected/);
  assert.match(none.stderr, /--combined FILE/);
});
