import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import {
  ConfigurationError,
  type PairConfiguration,
  readConfiguration,
} from "../../../lib/device/configuration/mod.ts";
import {
  issuerKindNamed,
  issuerKindOf,
  type issuerKinds,
} from "../../../lib/device/issuer/kinds.ts";
import { type LocalIssuer, localIssuer } from "../../../lib/device/issuer/local.ts";
import { day, hour } from "../../../lib/system/mod.ts";
import { readSingleCertificateFile } from "../../../lib/x509/read/certificate_file.ts";
import { readRequestFile } from "../../../lib/x509/read/request.ts";
import { withCa } from "../../support/ca.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { testSystem, testTime } from "../../support/test_world.ts";

/** The minimal configuration for each kind of issuer. A new kind needs an entry. */
const least: Readonly<Record<keyof typeof issuerKinds, string>> = {
  local: 'issuer = { kind = "local", data_dir = "/ca" }',
  est: 'issuer = { kind = "est", url = "https://ca.example", trust = "/ca.pem" }',
  command: 'trust = "/trust.pem"\nissuer = { kind = "command", command = ["/bin/issuer"] }',
};

async function pairWith(lines: string): Promise<PairConfiguration> {
  let pair: PairConfiguration | undefined;
  const text = `[pair.web]\ndir = "$ROOT/tls"\n${lines}\n`;
  await withConfiguration({ "certswap.toml": text }, async ({ path }) => {
    pair = (await readConfiguration(testSystem(), path)).pairs[0];
  });
  assert.ok(pair !== undefined);
  return pair;
}

for (const [name, lines] of Object.entries(least)) {
  Deno.test(`a pair with the issuer kind "${name}" has all that the kind defines`, async () => {
    const { issuer, trust } = await pairWith(lines);
    assert.equal(issuer?.kind, name);
    assert.ok(
      issuer !== undefined && trust !== undefined,
      "a new chain must lead to a trust anchor",
    );
    const kind = issuerKindOf(issuer);
    assert.equal(kind, issuerKindNamed(name));
    assert.equal(kind.toJson(issuer)["kind"], name);
    const described = { local: "the CA in /ca", est: "https://ca.example", command: "/bin/issuer" };
    assert.equal(kind.describe(issuer), described[issuer.kind]);
    assert.ok(kind.writes(issuer).every((path) => path.startsWith("/")));
    assert.ok(Number.isFinite(kind.timeLimit(issuer)) && kind.timeLimit(issuer) >= 0);
    assert.ok(kind.requirements(issuer).length > 0, "config check has something to check");
  });
}

Deno.test("issuerKindNamed() returns undefined for a kind that is not in the registry", () => {
  for (const name of ["acme", "constructor", "", 1, undefined, null]) {
    assert.equal(issuerKindNamed(name), undefined);
  }
});

Deno.test("an error about the kind of an issuer lists every kind", async () => {
  await assert.rejects(pairWith('issuer.kind = "acme"'), (error) => {
    assert.ok(error instanceof ConfigurationError);
    const [line = ""] = describe(error).details ?? [];
    assert.match(
      line,
      /pair\.web\.issuer\.kind: expected "local", "est" or "command", found "acme"$/,
    );
    return true;
  });
});

Deno.test("a local issuer signs with the profile and the validity that its table names", async () => {
  const lines =
    'issuer = { kind = "local", data_dir = "/ca", profile = "server", validity = "90d" }';
  const { issuer } = await pairWith(lines);
  assert.ok(issuer?.kind === "local");
  assert.deepEqual([issuer.profile, issuer.validity], ["server", 90 * day]);
  assert.deepEqual(issuerKindOf(issuer).toJson(issuer), {
    kind: "local",
    dataDirectory: "/ca",
    validity: "90d",
    profile: "server",
  });
  await assert.rejects(pairWith('issuer = { kind = "local", data_dir = "/ca", profile = "a b" }'), {
    code: "configuration",
  });
});

Deno.test("a local issuer without them leaves both to the CA", async () => {
  await withCa(async (ca) => {
    ca.write(
      "ca.toml",
      '[defaults]\nprofile = "meter"\n[profile.meter]\nvalidity = "6h"\n[profile.web]\nvalidity = "30d"\n',
    );
    const requestPath = await ca.request();
    const request = Deno.readFileSync(requestPath);
    const hours = async (words: Partial<LocalIssuer>): Promise<number> => {
      const { dataDirectory } = ca;
      const issuer = localIssuer(testSystem(), {
        kind: "local",
        dataDirectory,
        validity: undefined,
        ...words,
      });
      const answer = await issuer.ask({
        request,
        requestPath,
        publicKey: readRequestFile(request).subjectPublicKeyInfo,
        keepsIdentity: true,
        environment: {},
        lockTimeout: 0,
      });
      assert.ok(answer.kind === "issued");
      const { notAfter } = readSingleCertificateFile(answer.chain);
      return (notAfter.getTime() - testTime.getTime()) / hour;
    };
    assert.equal(await hours({}), 6);
    assert.equal(await hours({ profile: "web" }), 30 * 24);
    assert.equal(await hours({ profile: "web", validity: 12 * hour }), 12);
    await assert.rejects(hours({ profile: "other" }), { code: "unknown-profile" });
  });
});

Deno.test("an EST issuer needs what its first contact does not bring", async () => {
  const words = 'kind = "est", url = "https://[2001:db8::1]:8443", trust = "/t/ca.pem"';
  const { issuer } = await pairWith(
    `issuer = { ${words}, bootstrap = { cert = "/f/c", key = "/f/k" }, secret_file = "/s/x" }`,
  );
  assert.ok(issuer?.kind === "est");
  const kind = issuerKindOf(issuer);
  assert.deepEqual(kind.requirements(issuer).map(({ key, is }) => `${key} ${is}`), [
    "trust anchor-file",
    "bootstrap pair",
  ]);
  assert.deepEqual(kind.writes(issuer), ["/s"]);
  assert.equal(kind.bootstrapFile?.(issuer), "/f/c");
  assert.equal(kind.describe(issuer), "https://[2001:db8::1]:8443");
  const pinned = await pairWith(
    `issuer = { ${words}, fingerprint = "SHA256:${"AB:".repeat(31)}AB", label = "meters" }`,
  );
  assert.ok(pinned.issuer?.kind === "est");
  assert.deepEqual(kind.requirements(pinned.issuer), []);
  assert.deepEqual(kind.writes(pinned.issuer), ["/t"]);
  assert.deepEqual(kind.toJson(pinned.issuer), {
    kind: "est",
    url: "https://[2001:db8::1]:8443",
    trust: "/t/ca.pem",
    label: "meters",
    fingerprint: `SHA256:${"ab".repeat(32)}`,
    timeLimit: "1m",
  });
});
