import assert from "node:assert/strict";
import fc from "../../support/properties.ts";
import {
  ConfigurationError,
  type ConfigurationProblem,
  type Mistake,
  NoConfigurationError,
  type PairConfiguration,
  pairNamed,
  readConfiguration,
  UnknownPairError,
} from "../../../lib/device/configuration/mod.ts";
import { parseFile } from "../../../lib/device/configuration/parse_file.ts";
import { fileTable, pairTable } from "../../../lib/device/configuration/schema.ts";
import {
  hookTable,
  outputTable,
  probeTables,
} from "../../../lib/device/configuration/values/mod.ts";
import { day, FileTooLargeError } from "../../../lib/system/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { testSystem } from "../../support/test_world.ts";

/** The problems of a configuration, with its root directory as `$ROOT`. */
async function problemsOf(
  texts: Readonly<Record<string, string>>,
): Promise<readonly ConfigurationProblem[]> {
  return await withConfiguration(texts, async ({ root, path }) => {
    try {
      await readConfiguration(testSystem(), path);
    } catch (error) {
      assert(error instanceof ConfigurationError, String(error));
      return JSON.parse(JSON.stringify(error.problems).replaceAll(root, "$ROOT"));
    }
    return [];
  });
}

Deno.test("readConfiguration() applies the defaults", async () => {
  const text = '[pair.web]\ndir = "$ROOT/tls"\n';
  await withConfiguration({ "certswap.toml": text }, async ({ path, tls }) => {
    assert.deepEqual(await readConfiguration(testSystem(), path), {
      files: [path],
      metrics: undefined,
      pairs: [{
        name: "web",
        paths: { certificate: `${tls}/cert.pem`, key: `${tls}/key.pem` },
        trust: undefined,
        identity: { subject: undefined, names: undefined },
        allowCa: false,
        purposes: undefined,
        keyAlgorithm: "ecdsa-p256",
        keyPolicy: "new",
        renewBefore: { kind: "share", share: 0.33 },
        keepPrevious: 0,
        issuer: undefined,
        hooks: [],
        probes: [],
        services: [],
      }],
    });
  });
});

Deno.test("readConfiguration() reads every key", async () => {
  const text = `
metrics = "/var/lib/node_exporter/certswap.prom"
[pair.web-1]
certificate = "$ROOT/tls/a.pem"
key = "$ROOT/tls/a.key"
combined = "$ROOT/tls/a.both"
trust = "/etc/ca.pem"
subject = "CN=device,O=Example\\\\, Inc"
names = ["DNS:a.example", "IP:192.0.2.1", "URI:urn:a,b", "email:a@b.example"]
purposes = ["serverAuth", "1.3.6.1.5.5.7.3.17"]
key_algorithm = "rsa-4096"
allow_ca = true
keep_key = true
renew_before = "30d"
keep_previous = "12h"
requires_mount = ["/keys", "/"]
services = ["nginx.service", "a@b.service"]
[pair.web-1.issuer]
kind = "command"
command = ["/usr/bin/ask", "", "--x y"]
time_limit = "5m"
[pair.web-1.hook]
command = ["systemctl", "reload", "nginx"]
time_limit = "10s"
[pair.web-1.probe]
url = "tls://[::1]:8443"
server_name = "a.example"
deadline = "2m"
[pair.two]
dir = "$ROOT"
keep_previous = true
issuer = { kind = "local", data_dir = "/ca", validity = "90d" }
probe = { url = "tls://www.example:443" }
[pair.three]
dir = "/"
keep_previous = false
key_algorithm = "ed25519"
probe = { url = "tls://192.0.2.1:443" }
`;
  await withConfiguration({ "certswap.toml": text }, async ({ root, path, tls }) => {
    const { pairs, metrics } = await readConfiguration(testSystem(), path);
    assert.equal(metrics, "/var/lib/node_exporter/certswap.prom");
    assert.deepEqual(pairs[0], {
      name: "web-1",
      paths: {
        certificate: `${tls}/a.pem`,
        key: `${tls}/a.key`,
        combined: `${tls}/a.both`,
        requiresMount: ["/keys", "/"],
      },
      trust: "/etc/ca.pem",
      identity: {
        subject: "CN=device,O=Example\\, Inc",
        names: ["DNS:a.example", "IP:192.0.2.1", "URI:urn:a,b", "email:a@b.example"],
      },
      allowCa: true,
      purposes: ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.17"],
      keyAlgorithm: "rsa-4096",
      keyPolicy: "keep",
      renewBefore: { kind: "time", milliseconds: 30 * 86_400_000 },
      keepPrevious: 12 * 3_600_000,
      issuer: { kind: "command", command: ["/usr/bin/ask", "", "--x y"], timeLimit: 300_000 },
      hooks: [{
        name: undefined,
        command: ["systemctl", "reload", "nginx"],
        timeLimit: 10_000,
      }],
      probes: [{
        kind: "server",
        host: "::1",
        port: 8443,
        serverName: "a.example",
        startTls: undefined,
        keyType: undefined,
        identity: { kind: "pair-if-client" },
        deadline: 120_000,
      }],
      services: ["nginx.service", "a@b.service"],
    });
    const [, two, three] = pairs;
    const serverNameOf = (pair: PairConfiguration | undefined): string | undefined =>
      pair?.probes[0]?.kind === "server" ? pair.probes[0].serverName : "no server";
    assert.equal(two?.paths.certificate, `${root}/cert.pem`);
    assert.equal(two?.keepPrevious, Infinity);
    assert.deepEqual(two?.issuer, { kind: "local", dataDirectory: "/ca", validity: 90 * day });
    assert.equal(two?.trust, "/ca/ca.crt");
    assert.equal(serverNameOf(two), "www.example");
    assert.equal(three?.paths.key, "/key.pem");
    assert.equal(serverNameOf(three), undefined, "an IP address is not a server name");
  });
});

const header = '[pair.web]\ndir = "$ROOT/tls"\n';

/** The text after a pair's `dir`, the line of the mistake, and the only mistake in it. */
const mistakes: readonly (readonly [text: string, line: number, Mistake])[] = [
  ["renew = 1", 3, { kind: "unknown-key", key: "pair.web.renew", suggestion: undefined }],
  ["renew_befor = 1", 3, unknown("pair.web.renew_befor", "pair.web.renew_before")],
  ["metrics = '/m'", 3, {
    kind: "unknown-key",
    key: "pair.web.metrics",
    suggestion: undefined,
    topLevel: "value",
  }],
  ["toString = 1", 3, { kind: "unknown-key", key: "pair.web.toString", suggestion: undefined }],
  ["__proto__ = {}", 3, { kind: "unknown-key", key: "pair.web.__proto__", suggestion: undefined }],
  [
    "[pair.web.hook]\ncommand = ['x']\ntimelimit = '1s'",
    5,
    unknown("pair.web.hook.timelimit", "pair.web.hook.time_limit"),
  ],
  [
    "[pair.web.issuer]\nkind = 'local'\ndata_dir = '/a'\ntime_limit = '1s'",
    6,
    elsewhere("pair.web.issuer.time_limit", ["est", "command"]),
  ],
  [
    "trust = '/a'\n[pair.web.issuer]\nkind = 'command'\ncommand = ['/a']\nDataDir = '/a'",
    7,
    elsewhere("pair.web.issuer.DataDir", ["local"], "pair.web.issuer.data_dir"),
  ],
  ["KEEP-KEY = true", 3, unknown("pair.web.KEEP-KEY", "pair.web.keep_key")],
  ["issuer = { Kind = 'local' }", 3, unknown("pair.web.issuer.Kind", "pair.web.issuer.kind")],
  [
    "issuer = { kind = 'acme', datadir = '/a' }",
    3,
    unknown("pair.web.issuer.datadir", "pair.web.issuer.data_dir"),
  ],
  [
    "hook = [{ command = ['x'] },\n{ command = ['x'], TimeLimit = '1s' }]",
    4,
    unknown("pair.web.hook[1].TimeLimit", "pair.web.hook[1].time_limit"),
  ],
  [
    "hook = { command = ['x'], timeout = '1s' }",
    3,
    unknown("pair.web.hook.timeout", "pair.web.hook.time_limit"),
  ],
  [
    "[hook.x]\ncommand = ['x']\ntime-limit = '1s'",
    5,
    unknown("hook.x.time-limit", "hook.x.time_limit"),
  ],
  [
    "probe = { command = ['x'], time_limit = '1s' }",
    3,
    unknown("pair.web.probe.time_limit", "pair.web.probe.deadline"),
  ],
  ["probe = { host = 'a' }", 3, unknown("pair.web.probe.host", "pair.web.probe.url")],
  [
    "probe = { url = 'tls://a:1', keytype = 'rsa' }",
    3,
    unknown("pair.web.probe.keytype", "pair.web.probe.key_type"),
  ],
  [
    "probe = { kind = 'client', url = 'tls://a:1', keyType = 'rsa' }",
    3,
    elsewhere("pair.web.probe.keyType", ["server"], "pair.web.probe.key_type"),
  ],
  [
    "probe = { kind = 'tcp', keytype = 'rsa' }",
    3,
    unknown("pair.web.probe.keytype", "pair.web.probe.key_type"),
  ],
  [
    "probe = { url = 'tls://a:1', trust = '/ca.pem' }",
    3,
    elsewhere("pair.web.probe.trust", ["client"]),
  ],
  [
    "probe = { url = 'tls://a:1', identity = { Certificate = '/c', key = '/k' } }",
    3,
    unknown("pair.web.probe.identity.Certificate", "pair.web.probe.identity.cert"),
  ],
  [
    "probe = { url = 'tls://a:1', command = ['x'] }",
    3,
    { kind: "server-and-command", key: "pair.web.probe", keys: ["url", "command"] },
  ],
  [
    "probe = [{ url = 'tls://a:1' },\n{ kind = 'server', url = 'tls://a:1', command = ['x'] }]",
    4,
    { kind: "server-and-command", key: "pair.web.probe[1]", keys: ["url", "command"] },
  ],
  [
    "probe = { host = 'a', command = ['x'] }",
    3,
    { kind: "server-and-command", key: "pair.web.probe", keys: ["host", "command"] },
  ],
  ["Metrics = '/a'", 3, unknown("pair.web.Metrics", undefined)],
  ["[pairs.web]", 3, unknown("pairs", "pair")],
  ["[hook.'a b']\ncommand = ['x']", 3, {
    kind: "wrong-value",
    key: 'hook."a b"',
    expected: "pair-name",
    found: '"a b"',
  }],
  ["[hook.a]\ncommand = 'x'", 4, {
    kind: "wrong-value",
    key: "hook.a.command",
    expected: "command",
    found: '"x"',
  }],
  [
    "[hook.a]\ncommand = ['x']\ntimelimit = '1s'",
    5,
    unknown("hook.a.timelimit", "hook.a.time_limit"),
  ],
  ["hook = 'reload'\n[hook.reloads]\ncommand = ['x']", 3, {
    kind: "unknown-hook",
    key: "pair.web.hook",
    name: "reload",
    suggestion: "reloads",
  }],
  ["hook = [{ command = ['x'] },\n'b']", 4, {
    kind: "unknown-hook",
    key: "pair.web.hook[1]",
    name: "b",
    suggestion: undefined,
  }],
  ["hook = []", 3, wrong("hook", "hook", "[]")],
  ["hook = [1]", 3, wrong("hook[0]", "hook", "1")],
  ["hook = ['a b']", 3, wrong("hook[0]", "hook", '"a b"')],
  ["certificate = '/a'", 3, { kind: "dir-and-files", key: "pair.web.certificate" }],
  ["[pair.b]", 3, missing("pair.b.dir", "pair-file")],
  ["[pair.b]\nkey='/b'", 3, missing("pair.b.certificate", "pair-file")],
  ["[pair.b]\ncertificate='/b'", 3, missing("pair.b.key", "pair-file")],
  ["[pair.web.issuer]", 3, missing("pair.web.issuer.kind", "issuer-kind")],
  ["[pair.web.issuer]\nkind='local'", 3, missing("pair.web.issuer.data_dir", "absolute-path")],
  [
    "trust='/t'\n[pair.web.issuer]\nkind='command'",
    4,
    missing("pair.web.issuer.command", "command"),
  ],
  [
    "[pair.web.issuer]\nkind='command'\ncommand=['x']",
    1,
    missing("pair.web.trust", "trust-anchors"),
  ],
  ["[pair.web.hook]", 3, missing("pair.web.hook.command", "command")],
  ["[pair.web.probe]", 3, missing("pair.web.probe.url", "probe-url")],
  ["combined = 'a/b'", 3, wrong("combined", "absolute-path", '"a/b"')],
  ["combined = ''", 3, wrong("combined", "absolute-path", '""')],
  ["combined = '/a/'", 3, wrong("combined", "absolute-path", '"/a/"')],
  ['combined = "/a\\nb"', 3, wrong("combined", "absolute-path", '"/a\\nb"')],
  ["trust = 7", 3, wrong("trust", "absolute-path", "7")],
  ["subject = 'device'", 3, wrong("subject", "distinguished-name", '"device"')],
  ["names = 'DNS:a'", 3, wrong("names", "alternative-names", '"DNS:a"')],
  ["names = ['DNS:a',\n'b']", 4, wrong("names[1]", "alternative-names", '"b"')],
  ["names = ['DNS:a,DNS:b']", 3, wrong("names[0]", "alternative-names", '"DNS:a,DNS:b"')],
  ["purposes = 'serverAuth'", 3, wrong("purposes", "purposes", '"serverAuth"')],
  ["purposes = []", 3, wrong("purposes", "purposes", "[]")],
  ["purposes = ['server']", 3, wrong("purposes[0]", "purposes", '"server"')],
  ["key_algorithm = 'rsa'", 3, wrong("key_algorithm", "key-algorithm", '"rsa"')],
  ["keep_key = 'yes'", 3, wrong("keep_key", "boolean", '"yes"')],
  ["renew_before = 33", 3, wrong("renew_before", "renew-before", "33")],
  ["renew_before = '0%'", 3, wrong("renew_before", "renew-before", '"0%"')],
  ["renew_before = '100%'", 3, wrong("renew_before", "renew-before", '"100%"')],
  ["renew_before = '0d'", 3, wrong("renew_before", "renew-before", '"0d"')],
  ["renew_before = '30 d'", 3, wrong("renew_before", "renew-before", '"30 d"')],
  ["keep_previous = 1", 3, wrong("keep_previous", "boolean-or-duration", "1")],
  ["requires_mount = '/keys'", 3, wrong("requires_mount", "absolute-paths", '"/keys"')],
  ["requires_mount = ['keys']", 3, wrong("requires_mount[0]", "absolute-path", '"keys"')],
  ["requires_mount = ['/keys/']", 3, wrong("requires_mount[0]", "absolute-path", '"/keys/"')],
  ["services = ['nginx']", 3, wrong("services[0]", "unit-names", '"nginx"')],
  ["services = ['a b.service']", 3, wrong("services[0]", "unit-names", '"a b.service"')],
  ["issuer = 'local'", 3, wrong("issuer", "issuer-kind", '"local"')],
  ["issuer.kind = 'acme'", 3, wrong("issuer.kind", "issuer-kind", '"acme"')],
  [
    "[pair.web.issuer]\nkind = 'est'\nurl = 'http://ca'\ntrust = '/t'",
    5,
    wrong("issuer.url", "est-url", '"http://ca"'),
  ],
  [
    "[pair.web.issuer]\nkind = 'est'\nurl = 'https://ca/x'\ntrust = '/t'",
    5,
    wrong("issuer.url", "est-url", '"https://ca/x"'),
  ],
  [
    "issuer = { kind = 'est', url = 'https://ca', trust = '/t', fingerprint = 'SHA256:12' }",
    3,
    wrong("issuer.fingerprint", "fingerprint", '"SHA256:12"'),
  ],
  [
    "issuer = { kind = 'est', url = 'https://ca', trust = '/t', label = 'cacerts' }",
    3,
    wrong("issuer.label", "est-label", '"cacerts"'),
  ],
  [
    "issuer = { kind = 'est', url = 'https://ca', trust = '/t', username = 'a:b' }",
    3,
    wrong("issuer.username", "username", '"a:b"'),
  ],
  [
    "issuer = { kind = 'local', data_dir = '/a', validity = '59m' }",
    3,
    wrong("issuer.validity", "validity", '"59m"'),
  ],
  [
    "hook.command = 'systemctl reload nginx'",
    3,
    wrong("hook.command", "command", '"systemctl reload nginx"'),
  ],
  ["hook.command = []", 3, missing("pair.web.hook.command[0]", "program")],
  ["hook.command = ['./x']", 3, wrong("hook.command[0]", "program", '"./x"')],
  ["hook.command = ['']", 3, wrong("hook.command[0]", "program", '""')],
  ["hook.command = ['x', 1]", 3, wrong("hook.command[1]", "command", "1")],
  ['hook.command = ["x", "\\u0000"]', 3, wrong("hook.command[1]", "command", '"\\u0000"')],
  [
    "hook = { command = ['x'], time_limit = '0s' }",
    3,
    wrong("hook.time_limit", "time-limit", '"0s"'),
  ],
  [
    "hook = { command = ['x'], time_limit = '2d' }",
    3,
    wrong("hook.time_limit", "time-limit", '"2d"'),
  ],
  ["probe.url = 'https://a:1'", 3, wrong("probe.url", "probe-url", '"https://a:1"')],
  ["probe.url = 'tls://a'", 3, wrong("probe.url", "probe-url", '"tls://a"')],
  ["probe.url = 'tls://a:65536'", 3, wrong("probe.url", "probe-url", '"tls://a:65536"')],
  ["probe.url = 'tls://a:0'", 3, wrong("probe.url", "probe-url", '"tls://a:0"')],
  [
    "probe = { url = 'tls://a:1', server_name = '192.0.2.1' }",
    3,
    wrong("probe.server_name", "server-name", '"192.0.2.1"'),
  ],
  ["probe = 'tls://a:1'", 3, wrong("probe", "probe", '"tls://a:1"')],
  ["probe = []", 3, wrong("probe", "probe", "[]")],
  ["probe = {}", 3, missing("pair.web.probe.url", "probe-url")],
  [
    "probe = [{ url = 'tls://a:1' },\n{ url = 'x' }]",
    4,
    wrong("probe[1].url", "probe-url", '"x"'),
  ],
  [
    "[[pair.web.probe]]\nurl = 'tls://a:1'\n[[pair.web.probe]]\nurl = 'tls://a:1'\nstart_tls = 'smtp'",
    7,
    unknown("pair.web.probe[1].start_tls", "pair.web.probe[1].starttls"),
  ],
  [
    "[[pair.web.probe]]\ncommand = ['x']\n[[pair.web.probe]]\ndeadline = '1s'",
    5,
    missing("pair.web.probe[1].url", "probe-url"),
  ],
  ["probe = { kind = 'http', path = '/' }", 3, wrong("probe.kind", "probe-kind", '"http"')],
  ["probe = { kind = 'client' }", 3, missing("pair.web.probe.url", "probe-url")],
  [
    "probe = { kind = 'client', url = 'tls://a:1', key_type = 'rsa' }",
    3,
    elsewhere("pair.web.probe.key_type", ["server"]),
  ],
  [
    "probe = { kind = 'client', url = 'tls://a:1', trust = 'ca.pem' }",
    3,
    wrong("probe.trust", "absolute-path", '"ca.pem"'),
  ],
  ["probe = { kind = 'command' }", 3, missing("pair.web.probe.command", "command")],
  ["probe.command = 'look'", 3, wrong("probe.command", "command", '"look"')],
  [
    "probe = { command = ['x'], server_name = 'a' }",
    3,
    elsewhere("pair.web.probe.server_name", ["server", "client"]),
  ],
  [
    "probe = { url = 'tls://a:1', starttls = 'nntp' }",
    3,
    wrong("probe.starttls", "starttls", '"nntp"'),
  ],
  [
    "probe = { url = 'tls://a:1', key_type = 'ed25519' }",
    3,
    wrong("probe.key_type", "key-type", '"ed25519"'),
  ],
  [
    "probe = { url = 'tls://a:1', identity = 'self' }",
    3,
    wrong("probe.identity", "probe-identity", '"self"'),
  ],
  [
    "probe = { url = 'tls://a:1', identity = { cert = '/c' } }",
    3,
    missing("pair.web.probe.identity.key", "absolute-path"),
  ],
  [
    "probe = { url = 'tls://a:1', identity = { cert = '/c', key = 'k' } }",
    3,
    wrong("probe.identity.key", "absolute-path", '"k"'),
  ],
  ["[pair.'a b']\ndir = '/a'", 3, {
    kind: "wrong-value",
    key: 'pair."a b"',
    expected: "pair-name",
    found: '"a b"',
  }],
  ["[pair.constructor]", 3, missing("pair.constructor.dir", "pair-file")],
  [
    `names = ["DNS:${"a".repeat(80)}"]`,
    3,
    wrong("names[0]", "alternative-names", `"DNS:${"a".repeat(52)}...`),
  ],
];

function unknown(key: string, suggestion: string | undefined): Mistake {
  return { kind: "unknown-key", key, suggestion };
}

/** A key that exists only in tables of other kinds. */
function elsewhere(key: string, kinds: readonly string[], suggestion?: string): Mistake {
  return { kind: "unknown-key", key, suggestion, kinds };
}

function missing(key: string, expected: (Mistake & { kind: "missing-key" })["expected"]): Mistake {
  return { kind: "missing-key", key, expected, ...choicesOf(expected) };
}

function wrong(
  key: string,
  expected: (Mistake & { kind: "wrong-value" })["expected"],
  found: string,
): Mistake {
  const path = `pair.web.${key}`;
  return { kind: "wrong-value", key: path, expected, found, ...choicesOf(expected) };
}

/** Every mistake about an issuer's kind lists the kinds. */
function choicesOf(expected: string): { readonly choices?: readonly string[] } {
  return expected === "issuer-kind" ? { choices: ["local", "est", "command"] } : {};
}

for (const [text, line, mistake] of mistakes) {
  Deno.test(`readConfiguration() reports the mistake in ${JSON.stringify(text.slice(0, 70))}`, async () => {
    const found = await problemsOf({ "certswap.toml": header + text });
    assert.deepEqual(
      found[0],
      JSON.parse(JSON.stringify({ file: "$ROOT/certswap.toml", line, mistake })),
    );
  });
}

Deno.test("readConfiguration() reads probes of every kind, as one table or a list", async () => {
  const text = `${header}
[[pair.web.probe]]
url = "tls://mail.example:25"
starttls = "smtp"
key_type = "rsa"
identity = { cert = "/etc/client.pem", key = "/etc/client.key" }
[[pair.web.probe]]
kind = "server"
url = "tls://[::1]:8883"
identity = "pair"
deadline = "5s"
[[pair.web.probe]]
command = ["/usr/local/bin/look", "-v"]
[[pair.web.probe]]
kind = "client"
url = "tls://broker.example:8883"
trust = "/etc/broker.pem"
[pair.one]
dir = "/"
probe = { kind = "command", command = ["look"], deadline = "1m" }
`;
  await withConfiguration({ "certswap.toml": text }, async ({ path }) => {
    const { pairs: [web, one] } = await readConfiguration(testSystem(), path);
    const address = { serverName: undefined, startTls: undefined };
    assert.deepEqual(web?.probes, [
      {
        kind: "server",
        host: "mail.example",
        port: 25,
        serverName: "mail.example",
        startTls: "smtp",
        keyType: "rsa",
        identity: { kind: "files", certificate: "/etc/client.pem", key: "/etc/client.key" },
        deadline: 30_000,
      },
      {
        kind: "server",
        host: "::1",
        port: 8883,
        ...address,
        keyType: undefined,
        identity: { kind: "pair" },
        deadline: 5000,
      },
      { kind: "command", command: ["/usr/local/bin/look", "-v"], deadline: 30_000 },
      {
        kind: "client",
        host: "broker.example",
        port: 8883,
        ...address,
        serverName: "broker.example",
        trust: "/etc/broker.pem",
        deadline: 30_000,
      },
    ]);
    assert.deepEqual(one?.probes, [{ kind: "command", command: ["look"], deadline: 60_000 }]);
  });
});

Deno.test("readConfiguration() reports all mistakes together, by file and line", async () => {
  const found = await problemsOf({
    "certswap.toml":
      `metrics = "m"\n${header}hok = 1\nkeep_key = 2\nprobe = { url = "x", deadline = 3 }\n`,
    "certswap.d/10-first.toml": '[pair.a]\ndir = "$ROOT"\n[pair.web]\ndir="/x"\n',
    "certswap.d/20-second.toml": "[pair.b]\ncertificate = 1\n",
    "certswap.d/30-third.toml": "[pair.c\n",
    "certswap.d/40-fourth.toml": "\n\nx = 1\nx = 2\n",
    "certswap.d/.hidden.toml": "not read",
    "certswap.d/README": "not read",
  });
  assert.deepEqual(found.map(({ file, line, mistake }) => `${file}:${line} ${mistake.kind}`), [
    "$ROOT/certswap.toml:1 wrong-value",
    "$ROOT/certswap.toml:4 unknown-key",
    "$ROOT/certswap.toml:5 wrong-value",
    "$ROOT/certswap.toml:6 wrong-value",
    "$ROOT/certswap.toml:6 wrong-value",
    "$ROOT/certswap.d/10-first.toml:3 defined-twice",
    "$ROOT/certswap.d/20-second.toml:1 missing-key",
    "$ROOT/certswap.d/20-second.toml:2 wrong-value",
    "$ROOT/certswap.d/30-third.toml:1 not-toml",
    "$ROOT/certswap.d/40-fourth.toml:4 not-toml",
  ]);
});

Deno.test("readConfiguration() reads drop-ins after the file, by name", async () => {
  await withConfiguration({
    "certswap.toml": header,
    "certswap.d/b.toml": '[pair.b]\ndir = "/b"',
    "certswap.d/a.toml": '[pair.a]\ndir = "/a"\n',
  }, async ({ root, path }) => {
    const { files, pairs } = await readConfiguration(testSystem(), path);
    assert.deepEqual(files, [path, `${root}/certswap.d/a.toml`, `${root}/certswap.d/b.toml`]);
    assert.deepEqual(pairs.map(({ name }) => name), ["web", "a", "b"]);
  });
});

Deno.test("readConfiguration() looks for drop-ins next to the file that a link leads to", async () => {
  await withConfiguration({
    "real/other.toml": "",
    "real/other.d/a.toml": '[pair.a]\ndir = "/a"\n',
  }, async ({ root, path }) => {
    Deno.symlinkSync(`${root}/real/other.toml`, path);
    const { files } = await readConfiguration(testSystem(), path);
    assert.deepEqual(files, [`${root}/real/other.toml`, `${root}/real/other.d/a.toml`]);
  });
});

Deno.test("readConfiguration() refuses one file for two purposes, even if spelled differently", async () => {
  const shared = (text: string): Promise<readonly ConfigurationProblem[]> =>
    problemsOf({ "certswap.toml": `${header}${text}\n`, "link/x": "" });
  const [first, ...others] = await shared('[pair.b]\ndir = "$ROOT/link/../tls"');
  assert.deepEqual(others, [], "dir is one mistake, not two");
  assert.deepEqual(first, {
    file: "$ROOT/certswap.toml",
    line: 4,
    mistake: {
      kind: "shared-path",
      key: "pair.b.dir",
      path: "$ROOT/tls/cert.pem",
      first: { file: "$ROOT/certswap.toml", line: 2, key: "pair.web.dir" },
    },
  });
  for (
    const text of [
      'combined = "$ROOT/tls/key.pem"',
      '[pair.b]\ncertificate = "$ROOT/b"\nkey = "$ROOT/tls/./key.pem"',
      '[pair.b]\ncertificate = "/same"\nkey = "/same"',
      '[pair.b]\ndir = "/missing"\n[pair.c]\ndir = "/missing"',
    ]
  ) {
    assert.deepEqual(
      (await shared(text)).map(({ mistake }) => mistake.kind),
      ["shared-path"],
      text,
    );
  }
});

Deno.test("readConfiguration() detects a link to another pair's file", async () => {
  const text = `${header}[pair.b]\ndir = "$ROOT/other"\n`;
  await withConfiguration(
    { "certswap.toml": text, "tls/cert.pem": "", "other/x": "" },
    async ({ root, path }) => {
      Deno.symlinkSync(`${root}/tls/cert.pem`, `${root}/other/cert.pem`);
      await assert.rejects(readConfiguration(testSystem(), path), (error) => {
        assert(error instanceof ConfigurationError);
        assert.equal(error.problems[0]?.mistake.kind, "shared-path");
        return true;
      });
    },
  );
});

for (
  const [name, spoil, file] of [
    [
      "a file that all users can write",
      (root: string) => Deno.chmodSync(`${root}/certswap.toml`, 0o646),
      "certswap.toml",
    ],
    [
      "a file that its group can write",
      (root: string) => Deno.chmodSync(`${root}/certswap.toml`, 0o664),
      "certswap.toml",
    ],
    [
      "a drop-in that all users can write",
      (root: string) => Deno.chmodSync(`${root}/certswap.d/a.toml`, 0o666),
      "certswap.d/a.toml",
    ],
    ["a directory that all users can write", (root: string) => Deno.chmodSync(root, 0o777), ""],
    [
      "a directory of drop-ins that all users can write",
      (root: string) => Deno.chmodSync(`${root}/certswap.d`, 0o757),
      "certswap.d",
    ],
  ] as const
) {
  Deno.test(`readConfiguration() refuses ${name}`, async () => {
    const texts = { "certswap.toml": header, "certswap.d/a.toml": "" };
    await withConfiguration(texts, async ({ root, path }) => {
      spoil(root);
      await assert.rejects(readConfiguration(testSystem(), path), (error) => {
        assert(error instanceof ConfigurationError);
        const place = file === "" ? root : `${root}/${file}`;
        assert.deepEqual(
          error.problems.map(({ file, mistake }) => [
            file,
            mistake.kind === "untrusted" ? mistake.cause.place : mistake.kind,
          ]),
          [[place, place]],
        );
        return true;
      });
    });
  });
}

Deno.test("readConfiguration() accepts a sticky directory, where only owners replace files", async () => {
  await withConfiguration({ "certswap.toml": header }, async ({ root, path }) => {
    Deno.chmodSync(root, 0o1777);
    assert.equal((await readConfiguration(testSystem(), path)).pairs.length, 1);
  });
});

Deno.test("readConfiguration() refuses a file of another user, but accepts root's", async () => {
  await withConfiguration({ "certswap.toml": header }, async ({ path }) => {
    const real = testSystem();
    const as = (owner: number, user: number) => ({
      ...real,
      files: {
        ...real.files,
        stat: (name: string) => ({ ...real.files.stat(name), uid: owner }),
        openFile(name: string) {
          const handle = real.files.openFile(name);
          return {
            ...handle,
            read: handle.read.bind(handle),
            close: handle.close.bind(handle),
            stat: () => ({ ...handle.stat(), uid: owner }),
          };
        },
      },
      processes: { ...real.processes, userId: () => user },
    });
    for (const [owner, user] of [[1000, 0], [1001, 1000]] as const) {
      await assert.rejects(
        readConfiguration(as(owner, user) as typeof real, path),
        (error) =>
          error instanceof ConfigurationError &&
          error.problems.every(({ mistake }) =>
            mistake.kind === "untrusted" && mistake.cause.uid === owner
          ),
      );
    }
    for (const [owner, user] of [[0, 1000], [1000, 1000], [0, 0]] as const) {
      await readConfiguration(as(owner, user) as typeof real, path);
    }
  });
});

Deno.test("readConfiguration() reports the path of a missing configuration", async () => {
  await withConfiguration({}, async ({ path }) => {
    await assert.rejects(
      readConfiguration(testSystem(), path),
      (error) => error instanceof NoConfigurationError && error.path === path,
    );
  });
});

Deno.test("readConfiguration() refuses a file that is too large or not UTF-8", async () => {
  const large = { "certswap.toml": `${header}# ${"x".repeat(1024 * 1024)}` };
  await withConfiguration(large, async ({ path }) => {
    await assert.rejects(readConfiguration(testSystem(), path), FileTooLargeError);
  });
  await withConfiguration({ "certswap.toml": "" }, async ({ path }) => {
    Deno.writeFileSync(path, Uint8Array.of(0x61, 0xff));
    await assert.rejects(
      readConfiguration(testSystem(), path),
      (error) =>
        error instanceof ConfigurationError && error.problems[0]?.mistake.kind === "not-utf8",
    );
  });
});

Deno.test("readConfiguration() refuses a configuration without a pair", async () => {
  const [problem] = await problemsOf({ "certswap.toml": "# nothing yet\n" });
  assert.equal(problem?.mistake.kind, "no-pairs");
});

Deno.test("readConfiguration() changes nothing", async () => {
  await withConfiguration({ "certswap.toml": header }, async ({ root, path }) => {
    const before = readTree(root);
    await readConfiguration(testSystem(), path);
    assert.deepEqual(readTree(root), before);
  });
});

Deno.test("parseFile() returns a configuration or mistakes for any bytes", () => {
  const snippets = fc.constantFrom(
    ...[
      "[pair.web]",
      "[pair",
      "dir",
      "=",
      '"/a"',
      "issuer",
      "{",
      "}",
      "[",
      "]",
      "kind",
      '"local"',
      "\n",
    ],
    ...[
      "names",
      ",",
      "'DNS:a'",
      ".",
      "1",
      "true",
      "#",
      '"""',
      "hook.command",
      "\u0000",
      "\ud800",
      "pair",
    ],
  );
  const text = fc.array(snippets, { maxLength: 30 }).map((words) => words.join(" "));
  const bytes = fc.oneof(
    text.map((text) => new TextEncoder().encode(text)),
    fc.uint8Array({ maxLength: 64 }),
  );
  fc.assert(
    fc.property(bytes, (content) => {
      const { pairs, problems } = parseFile("/x", content);
      assert(problems.every(({ line }) => line === undefined || line > 0));
      assert(problems.length > 0 || pairs.every(({ value }) => value.configuration !== undefined));
    }),
    { numRuns: 3000 },
  );
});

Deno.test("pairNamed() finds a pair, or lists the existing ones", async () => {
  const text = `${header}[pair.b]\ndir = "/b"\n`;
  await withConfiguration({ "certswap.toml": text }, async ({ path }) => {
    const configuration = await readConfiguration(testSystem(), path);
    assert.equal(pairNamed(configuration, "b").paths.key, "/b/key.pem");
    assert.throws(
      () => pairNamed(configuration, "wep"),
      (error) =>
        error instanceof UnknownPairError && error.pair === "wep" &&
        error.known.join() === "web,b",
    );
  });
});

Deno.test("readConfiguration() suggests the correct key for other spellings, in every table", () => {
  const tables: readonly (readonly [header: string, keys: readonly string[]])[] = [
    ["", Object.keys(fileTable.entries)],
    ["[pair.web]", Object.keys(pairTable.entries)],
    ["[hook.x]", Object.keys(hookTable.entries)],
    ...Object.entries(probeTables).map(([kind, { entries }]) =>
      [`[pair.web.probe]\nkind = "${kind}"`, Object.keys(entries)] as const
    ),
    ["[[pair.web.output]]", Object.keys(outputTable.entries)],
    ["[pair.web.probe.identity]", ["cert", "key"]],
    ['[pair.web.issuer]\nkind = "local"', ["data_dir", "validity"]],
    ['[pair.web.issuer]\nkind = "command"', ["command", "time_limit"]],
  ];
  const ways: readonly ((key: string) => string)[] = [
    (key) => key.toUpperCase(),
    (key) => key.replaceAll("_", "-"),
    (key) => key.replaceAll("_", ""),
    (key) => key.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    (key) => key.replaceAll(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase()),
  ];
  for (const [header, keys] of tables) {
    for (const key of keys.filter((key) => key !== "kind")) {
      for (const written of ways.map((way) => way(key)).filter((written) => written !== key)) {
        const text = `${header}\n${written} = 0\n`;
        const found = parseFile("/c.toml", new TextEncoder().encode(text)).problems
          .map(({ mistake }) => mistake).filter(({ kind }) => kind === "unknown-key");
        assert.equal(found.length, 1, text);
        const { suggestion = "" } = found[0] as { readonly suggestion?: string };
        assert.equal(suggestion.split(".").at(-1), key, text);
      }
    }
  }
});
