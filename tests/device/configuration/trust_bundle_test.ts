import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { checkConfiguration, readConfiguration } from "../../../lib/device/configuration/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { testSystem } from "../../support/test_world.ts";

const est = `[pair.web]
dir = "$ROOT/tls"
mode = "0640"
[pair.web.issuer]
kind = "est"
url = "https://ca.example"
trust = "$ROOT/ca.pem"
`;

async function mistakesOf(text: string, read = readConfiguration): Promise<string> {
  return await withConfiguration({ "certswap.toml": text }, async ({ root, path }) => {
    try {
      await read(testSystem(), path);
      return "";
    } catch (error) {
      return (describe(error).details ?? []).join("\n").replaceAll(root, "");
    }
  });
}

Deno.test("a trust bundle is an output, and once it exists it is what the pair trusts", async () => {
  const bundle = '[pair.web.trust_bundle]\npath = "$ROOT/roots.pem"\n';
  await withConfiguration({ "certswap.toml": est + bundle }, async ({ root, path }) => {
    const read = async () => (await readConfiguration(testSystem(), path)).pairs[0];
    const first = await read();
    assert.deepEqual(first?.trustBundle, {
      path: `${root}/roots.pem`,
      source: undefined,
      first: `${root}/ca.pem`,
    });
    assert.equal(first?.trust, `${root}/ca.pem`);
    assert.deepEqual(
      first?.paths.outputs?.map(({ path, rights, isBundle }) => ({
        path,
        rights,
        isBundle,
      })),
      [{ path: `${root}/roots.pem`, rights: { mode: 0o640 }, isBundle: true }],
    );
    Deno.writeTextFileSync(`${root}/roots.pem`, "");
    const later = await read();
    assert.equal(later?.trust, `${root}/roots.pem`);
    assert.equal(later?.paths.trust, `${root}/roots.pem`);
    assert.equal(later?.issuer?.kind === "est" && later.issuer.trust, `${root}/roots.pem`);
  });
});

const local = `[pair.web]
dir = "$ROOT/tls"
issuer = { kind = "local", data_dir = "$ROOT/ca" }
`;

for (
  const [what, text, expected] of [
    ["no path", `${est}[pair.web.trust_bundle]\n`, /toml:8: pair\.web\.trust_bundle\.path/],
    [
      "an unknown key",
      `${est}[pair.web.trust_bundle]\npath = "/r.pem"\nsorce = "est"\n`,
      /toml:10: unknown key pair\.web\.trust_bundle\.sorce\. Did you mean pair\.web\.trust_bundle\.source/,
    ],
    [
      "an unknown source",
      `${est}[pair.web.trust_bundle]\npath = "/r.pem"\nsource = "http"\n`,
      /toml:10: pair\.web\.trust_bundle\.source: expected "est" or "file"/,
    ],
    [
      "no file",
      `${est}[pair.web.trust_bundle]\npath = "/r.pem"\nsource = "file"\n`,
      /toml:8: pair\.web\.trust_bundle\.file is missing/,
    ],
    [
      "a file that is not used",
      `${est}[pair.web.trust_bundle]\npath = "/r.pem"\nfile = "/s.pem"\n`,
      /toml:10: pair\.web\.trust_bundle\.file is only for source = "file"/,
    ],
    [
      "an issuer that is not an EST server",
      `${local}[pair.web.trust_bundle]\npath = "/r.pem"\nsource = "est"\n`,
      /toml:6: pair\.web\.trust_bundle\.source: the pair's issuer is not an EST server/,
    ],
    [
      "no trust anchors to begin with",
      '[pair.web]\ndir = "$ROOT/tls"\n' +
      '[pair.web.trust_bundle]\npath = "/r.pem"\nsource = "file"\nfile = "/s.pem"\n',
      /pair\.web\.trust is missing/,
    ],
    [
      "the file of trust anchors as its path",
      `${est}[pair.web.trust_bundle]\npath = "$ROOT/ca.pem"\n`,
      /pair\.web\.trust.* both lead to/,
    ],
    [
      "the file of the certificate as its path",
      `${est}[pair.web.trust_bundle]\npath = "$ROOT/tls/cert.pem"\n`,
      /toml:9: pair\.web\.trust_bundle\.path and .* both lead to/,
    ],
    [
      "a mode that lets others write",
      `${est}[pair.web.trust_bundle]\npath = "/r.pem"\nmode = "0666"\n`,
      /toml:10: pair\.web\.trust_bundle\.mode/,
    ],
  ] as const
) {
  Deno.test(`a trust bundle with ${what} is a mistake, with its line`, async () => {
    assert.match(await mistakesOf(text), expected);
  });
}

Deno.test("a trust bundle from a file needs no EST server", async () => {
  const bundle = '[pair.web.trust_bundle]\npath = "/r.pem"\nsource = "file"\nfile = "/s.pem"\n';
  assert.equal(await mistakesOf(local + bundle), "");
});

for (
  const [what, trust, expected] of [
    ["the fetched CA certificate", "$ROOT/ca.pem", /^$/],
    ["the trust bundle", "$ROOT/roots.pem", /^$/],
    [
      "another missing file",
      "$ROOT/other.pem",
      /pair\.web\.probe\.trust: .*cannot find \/other\.pem/s,
    ],
  ] as const
) {
  Deno.test(
    `before the first contact, a check of a probe that trusts ${what} ${
      expected.source === "^$" ? "finds no mistake" : "finds it"
    }`,
    async () => {
      const text = `${est}fingerprint = "SHA256:${"ab".repeat(32)}"
[pair.web.trust_bundle]
path = "$ROOT/roots.pem"
[pair.web.probe]
kind = "client"
url = "tls://db.example:5432"
trust = "${trust}"
`;
      assert.match(await mistakesOf(text, checkConfiguration), expected);
    },
  );
}
