/** Reading `ca.toml`: what it means, and every mistake with its line. */
import assert from "node:assert/strict";
import { CaSettingsError } from "../../../lib/ca/settings/mod.ts";
import { parseSettings } from "../../../lib/ca/settings/parse_settings.ts";
import { standardSettings } from "../../../lib/ca/settings/standard.ts";
import { describeSetting } from "../../../lib/cli/messages/settings/ca_settings.ts";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { day, hour, minute, second } from "../../../lib/system/mod.ts";
import fc from "../../support/properties.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const parse = (text: string): ReturnType<typeof parseSettings> =>
  parseSettings("/ca/ca.toml", bytes(text));

/** The mistakes in a text, as they are printed, without the path. */
function mistakes(text: string): string[] {
  return parse(text).problems.map((problem) =>
    describeSetting(problem).replace("/ca/ca.toml:", "")
  );
}

Deno.test("ca.toml: an empty file means the same as none", () => {
  const { settings, problems } = parse("# nothing yet\n");
  assert.deepEqual(problems, []);
  assert.deepEqual(settings, { ...standardSettings(), file: "/ca/ca.toml" });
});

Deno.test("ca.toml: every key is read", () => {
  const { settings, problems } = parse(`
serial = "random"
duplicates = "refuse"
[defaults]
profile = "meter"
validity = 30
key_algorithm = "rsa-2048"
reason = "superseded"
lock_timeout = "30s"
[addresses]
crl = ["http://pki.fleet.example/{shard}.crl", "ldap://ldap.example/cn=ca{shard}?certificateRevocationList"]
ocsp = ["http://ocsp.fleet.example/"]
issuer = ["https://pki.fleet.example/ca.crt"]
[crl]
next_update = "36h"
keep_expired = true
shards = 4
publish = { command = ["/usr/local/sbin/publish-crl", "now"] }
[ocsp]
next_update = "12h"
[profile.meter]
validity = "6h"
max_validity = "90d"
backdate = "5m"
key_usage = ["digitalSignature", "keyAgreement"]
extended_key_usage = ["clientAuth", "1.3.6.1.5.5.7.3.17"]
key_algorithms = ["ecdsa-p256"]
subject = "O=Fleet,C=DE"
[profile.meter.names]
dns = ["*.meters.fleet.example"]
ip = ["10.0.0.0/8", "2001:db8::/32"]
uri = ["urn:meter:*"]
email = ["*@fleet.example"]
subject = "CN=*,O=Fleet,C=DE"
[profile.site]
ca = true
validity = "730d"
path_length = "unlimited"
name_constraints = { permitted = ["DNS:site.example"], excluded = ["IP:10.0.0.0/8"] }
[[manufacturer]]
name = "acme"
ca = "/etc/acme.pem"
crl = "/etc/acme.crl"
names = ["DNS:{CN}", "URI:urn:m:{serialNumber}"]
profile = "device"
identities = "many"
`);
  assert.deepEqual(problems, []);
  // Their own test is serve_test.ts.
  const { profiles, serve: _serve, est: _est, ...others } = settings;
  assert.deepEqual(others, {
    file: "/ca/ca.toml",
    serial: "random",
    duplicates: "refuse",
    defaults: {
      profile: "meter",
      validity: 30 * day,
      keyKind: "rsa-2048",
      reason: "superseded",
      lockTimeout: 30 * second,
    },
    addresses: {
      crl: [
        "http://pki.fleet.example/{shard}.crl",
        "ldap://ldap.example/cn=ca{shard}?certificateRevocationList",
      ],
      ocsp: ["http://ocsp.fleet.example/"],
      issuer: ["https://pki.fleet.example/ca.crt"],
    },
    postgres: undefined,
    crl: {
      nextUpdate: 36 * hour,
      keepExpired: true,
      shards: 4,
      publish: { command: ["/usr/local/sbin/publish-crl", "now"], timeLimit: minute },
    },
    ocsp: { nextUpdate: 12 * hour },
    manufacturers: [{
      name: "acme",
      ca: "/etc/acme.pem",
      crls: ["/etc/acme.crl"],
      names: ["DNS:{CN}", "URI:urn:m:{serialNumber}"],
      profile: "device",
      identities: "many",
    }],
  });
  assert.deepEqual([...profiles.keys()], [
    "device",
    "server",
    "client",
    "intermediate",
    "meter",
    "site",
  ]);
  const { lines, ...meter } = profiles.get("meter") ?? assert.fail();
  assert.deepEqual(meter, {
    name: "meter",
    validity: 6 * hour,
    maxValidity: 90 * day,
    backdate: 5 * minute,
    keyUsage: ["digitalSignature", "keyAgreement"],
    extendedKeyUsage: ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.17"],
    keyKinds: ["ecdsa-p256"],
    subject: "O=Fleet,C=DE",
    names: {
      dns: ["*.meters.fleet.example"],
      ip: ["10.0.0.0/8", "2001:db8::/32"],
      uri: ["urn:meter:*"],
      email: ["*@fleet.example"],
      subject: ["CN=*,O=Fleet,C=DE"],
    },
    ca: undefined,
  });
  assert.deepEqual([lines["max_validity"], lines["names.ip"]], [23, 31]);
  const site = profiles.get("site");
  assert.equal(site?.validity, 730 * day);
  assert.deepEqual(site?.ca, {
    pathLength: undefined,
    nameConstraints: { permitted: ["DNS:site.example"], excluded: ["IP:10.0.0.0/8"] },
  });
});

Deno.test("ca.toml: a table with a built-in name changes only what it says", () => {
  const { settings: { profiles } } = parse('[profile.server]\nbackdate = "1h"\n');
  const standard = standardSettings().profiles;
  const { lines, ...server } = profiles.get("server") ?? assert.fail();
  assert.deepEqual(lines, { backdate: 2 });
  const { lines: _, ...builtIn } = standard.get("server") ?? assert.fail();
  assert.deepEqual(server, { ...builtIn, backdate: hour });
  assert.deepEqual(profiles.get("client"), standard.get("client"));
});

Deno.test("ca.toml: a new profile is like device, and with ca = true like intermediate", () => {
  const { settings: { profiles } } = parse("[profile.a]\n[profile.b]\nca = true\n");
  const standard = standardSettings().profiles;
  assert.deepEqual(profiles.get("a"), { ...standard.get("device"), name: "a" });
  assert.deepEqual(profiles.get("b"), {
    ...standard.get("intermediate"),
    name: "b",
    lines: { ca: 3 },
  });
});

const validities: readonly (readonly [text: string, validity: number])[] = [
  ['validity = "90d"', 90 * day],
  ['validity = "6h"', 6 * hour],
  ["validity = 90", 90 * day],
  ['validity = "90"', 90 * day],
  ['max_validity = "30d"', 30 * day],
  ['max_validity = "1000d"', 200 * day],
  ["", 200 * day],
];
for (const [text, validity] of validities) {
  Deno.test(`ca.toml: with a default of 200 days, {${text}} means ${validity / hour} hours`, () => {
    const { settings, problems } = parse(`defaults.validity = "200d"\n[profile.a]\n${text}\n`);
    assert.deepEqual(problems, []);
    assert.equal(settings.profiles.get("a")?.validity, validity);
    assert.equal(settings.profiles.get("intermediate")?.validity, 1825 * day);
  });
}

/** Texts with one mistake, and what is said of it. */
const bad: readonly (readonly [text: string, said: RegExp])[] = [
  ["serial = ", /^1: not TOML: /],
  ['\nserial = "rnd"', /^2: serial: expected "sequential" or "random", found "rnd"$/],
  ["serial = 1", /^1: serial: expected/],
  ['duplicate = "warn"', /^1: unknown key duplicate\. Did you mean duplicates\?$/],
  ['duplicates = "no"', /^1: duplicates: expected "warn" or "refuse"/],
  ["[default]\n", /^1: unknown key default\. Did you mean defaults\?$/],
  ["defaults = 1", /^1: defaults: expected a table, found 1$/],
  [
    '[defaults]\nprofile = "metre"\n[profile.meter]\n',
    /^2: .* no profile "metre"\. Did you mean "meter"\?/,
  ],
  [
    '[defaults]\nprofile = "x"',
    /^2: .* no profile "x"; expected "device", "server", .*\[profile\.NAME\]$/,
  ],
  ['[defaults]\nprofile = "intermediate"', /^2: .* is for CA certificates; expected one for leaf/],
  ["[defaults]\nvalidity = 0", /^2: defaults\.validity: expected a number of days from 1 to 36500/],
  ["[defaults]\nvalidity = 1.5", /^2: defaults\.validity: expected/],
  ['[defaults]\nvalidity = "1m"', /^2: defaults\.validity: expected/],
  ['[defaults]\nkey_algorithm = "ed25519"', /^2: defaults\.key_algorithm: expected "ecdsa-p256"/],
  ['[defaults]\nreason = "stolen"', /^2: defaults\.reason: expected "unspecified"/],
  ['[defaults]\nlock_timeout = "10"', /^2: defaults\.lock_timeout: expected a duration/],
  ['[addresses]\ncrl = "http://a.example/"', /^2: addresses\.crl: expected a list of URIs/],
  [
    '[addresses]\ncrl = [\n "a.example",\n]',
    /^3: addresses\.crl\[0\]: expected an http, https or ldap URI/,
  ],
  [
    '[addresses]\ncrl = ["ftp://a.example/"]',
    /^2: addresses\.crl\[0\]: expected an http, https or ldap URI/,
  ],
  [
    '[addresses]\ncrl = ["http://"]',
    /^2: addresses\.crl\[0\]: expected an http, https or ldap URI/,
  ],
  [
    '[addresses]\nocsp = ["http://a.example/a b"]',
    /^2: addresses\.ocsp\[0\]: expected an http, https or ldap URI/,
  ],
  [
    '[addresses]\naia = ["http://a.example/"]',
    /^2: unknown key addresses\.aia\. Did you mean addresses\.issuer\?$/,
  ],
  ["[crl]\nnext_update = 24", /^2: crl\.next_update: expected a duration from "60s"/],
  ['[crl]\nkeep_expired = "yes"', /^2: crl\.keep_expired: expected true or false/],
  ['[crl]\npublish = "publish-crl"', /^2: crl\.publish: expected a table with a command/],
  ["[crl]\npublish = {}", /^2: crl\.publish\.command is missing; expected a program/],
  ['[crl]\npublish = { command = ["./x"] }', /^2: crl\.publish\.command\[0\]: expected a program/],
  [
    '[crl.publish]\ncommand = ["x"]\ntimeout = "1m"',
    /^3: unknown key crl\.publish\.timeout\. Did you mean crl\.publish\.time_limit\?$/,
  ],
  ["profile = 1", /^1: profile: expected a table/],
  ["[profile.'a b']", /^1: profile\."a b": expected at most 64 letters/],
  ["profile.a = 1", /^1: profile\.a: expected a table/],
  [
    "[profile.a]\ndays = 90",
    /^2: unknown key profile\.a\.days\. Did you mean profile\.a\.validity\?$/,
  ],
  [
    "[profile.a]\nmax_days = 90",
    /^2: unknown key profile\.a\.max_days\. Did you mean profile\.a\.max_validity\?$/,
  ],
  [
    '[profile.a]\neku = ["serverAuth"]',
    /^2: unknown key .* Did you mean profile\.a\.extended_key_usage\?$/,
  ],
  [
    '[profile.a]\nduplicates = "warn"',
    /^2: unknown key profile\.a\.duplicates\. duplicates belongs before the first \[table\] of the file$/,
  ],
  [
    '[crl.publish]\ncommand = ["x"]\nduplicates = "warn"',
    /^3: unknown key crl\.publish\.duplicates\. duplicates belongs before the first \[table\] of the file$/,
  ],
  [
    '[profile.a.serve]\nidentity = "ca"',
    /^1: unknown key profile\.a\.serve\. serve is not a part of another table: write \[serve\]$/,
  ],
  [
    "[[profile.a.manufacturer]]",
    /^1: unknown key profile\.a\.manufacturer\. .* another table: write \[\[manufacturer\]\]$/,
  ],
  ['[profile.a]\nbackdate = "31d"', /^2: profile\.a\.backdate: expected a duration from "0s"/],
  [
    '[profile.a]\nextended_key_usage = ["tls"]',
    /^2: profile\.a\.extended_key_usage\[0\]: expected one of serverAuth, .*, or an object identifier, found/,
  ],
  [
    "[profile.a]\nkey_usage = []",
    /^2: profile\.a\.key_usage: expected a list of one or more key usages/,
  ],
  [
    '[profile.a]\nkey_usage = ["sign"]',
    /^2: profile\.a\.key_usage\[0\]: expected .* found "sign"$/,
  ],
  [
    '[profile.a]\nkey_algorithms = ["dsa"]',
    /^2: profile\.a\.key_algorithms\[0\]: expected one of ecdsa/,
  ],
  ["[profile.a]\nkey_algorithms = []", /^2: profile\.a\.key_algorithms: expected/],
  ['[profile.a]\nsubject = "Fleet"', /^2: profile\.a\.subject: expected a distinguished name/],
  ['[profile.a]\nsubject = ""', /^2: profile\.a\.subject: expected a distinguished name/],
  [
    "[profile.a]\nca = true\npath_length = -1",
    /^3: profile\.a\.path_length: expected a number from 0 to 255/,
  ],
  [
    '[profile.a]\nca = true\npath_length = "any"',
    /^3: profile\.a\.path_length: expected .* or "unlimited"/,
  ],
  [
    '[profile.a]\nca = true\n[profile.a.name_constraints]\npermitted = ["fleet.example"]',
    /^4: profile\.a\.name_constraints\.permitted\[0\]: expected an entry of a list of names/,
  ],
];
for (const [text, said] of bad) {
  Deno.test(`ca.toml: the mistake in ${JSON.stringify(text).slice(0, 70)} is told with its line`, () => {
    const found = mistakes(text);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0] ?? "", said);
  });
}

/** Patterns that no name can match, and ranges that are none. */
const impossible: readonly (readonly [key: string, pattern: string])[] = [
  ["dns", ""],
  ["dns", "a..example"],
  ["dns", "-*"],
  ["dns", "fleet example"],
  ["dns", "*.fleet.example."],
  ["dns", `${"a".repeat(64)}.example`],
  ["dns", `${"a.".repeat(127)}*`],
  ["dns", "b\u00fccher.example"],
  ["ip", "10.0.0.0/33"],
  ["ip", "10.0.0.1/8"],
  ["ip", "10.0.0.*"],
  ["ip", "2001:db8::/129"],
  ["ip", "010.0.0.0/8"],
  ["uri", "*.fleet.example"],
  ["uri", "urn:meter: *"],
  ["email", "fleet.example"],
  ["email", "*@"],
  ["email", "a b@fleet.example"],
  ["subject", "*"],
  ["subject", "CN"],
  ["subject", "CN=*,"],
  ["subject", "C=DE*U"],
  ["subject", "X=*"],
  ["subject", `CN=${"a".repeat(65)}*`],
];
for (const [key, pattern] of impossible) {
  Deno.test(`ca.toml: ${key} = ${JSON.stringify(pattern).slice(0, 40)} is no pattern`, () => {
    const value = key === "subject" ? JSON.stringify(pattern) : `[${JSON.stringify(pattern)}]`;
    const [found, ...others] = mistakes(`[profile.a.names]\n${key} = ${value}\n`);
    assert.match(found ?? "", new RegExp(`^2: profile\\.a\\.names\\.${key}.*: expected`));
    assert.deepEqual(others, []);
  });
}

/** Profiles that contradict themselves, below `[profile.a]`. */
const contradictions: readonly (readonly [text: string, said: RegExp])[] = [
  [
    'validity = "90d"\nmax_validity = "30d"',
    /^3: profile\.a\.max_validity: 30d is less than validity, which is 90d \(line 2\)$/,
  ],
  ['key_usage = ["keyCertSign"]', /^2: profile\.a\.key_usage\[0\]: keyCertSign is only for CA/],
  [
    'key_usage = [\n"digitalSignature",\n"cRLSign"]',
    /^4: .*key_usage\[1\]: cRLSign is only for CA/,
  ],
  [
    'key_usage = ["keyEncipherment"]\nkey_algorithms = ["rsa-2048", "ecdsa-p256"]',
    /^2: .*: ECDSA P-256 keys cannot be used for keyEncipherment/,
  ],
  [
    'key_usage = ["keyEncipherment"]\nkey_algorithms = ["ecdsa-p384", "ed25519"]',
    /^2: .*: ECDSA P-384 or Ed25519 keys cannot be used for keyEncipherment/,
  ],
  [
    'key_usage = ["digitalSignature", "keyAgreement"]\nkey_algorithms = ["rsa-2048"]',
    /^2: .*\[1\]: RSA 2048 keys cannot be used for keyAgreement/,
  ],
  [
    'key_usage = ["keyEncipherment", "keyAgreement"]',
    /^2: .*: no key algorithm can be used for all of keyEncipherment, keyAgreement$/,
  ],
  [
    'key_usage = ["digitalSignature", "encipherOnly"]',
    /^2: .*encipherOnly has no effect without keyAgreement/,
  ],
  [
    'key_usage = ["nonRepudiation"]\nextended_key_usage = ["serverAuth"]',
    /^3: .*extended_key_usage\[0\]: serverAuth needs digitalSignature, keyEncipherment or keyAgreement/,
  ],
  [
    "path_length = 0",
    /^2: profile\.a\.path_length is only for CA certificates: expected ca = true/,
  ],
  [
    'extended_key_usage = ["timeStamping", "clientAuth"]',
    /^2: .*\[0\]: a certificate for timeStamping must have no other purpose/,
  ],
  [
    'extended_key_usage = ["clientAuth", "serverAuth", "1.3.6.1.5.5.7.3.2"]',
    /^2: .*extended_key_usage\[2\]: clientAuth is listed twice$/,
  ],
  [
    'key_usage = ["digitalSignature", "digitalSignature"]',
    /^2: .*key_usage\[1\]: digitalSignature is listed twice$/,
  ],
  [
    'key_algorithms = ["rsa-2048", "rsa-2048"]',
    /^2: .*key_algorithms\[1\]: rsa-2048 is listed twice$/,
  ],
  ["name_constraints = {}", /^2: profile\.a\.name_constraints is only for CA certificates/],
  ['ca = true\nkey_usage = ["digitalSignature"]', /^3: .*key_usage is only for leaf certificates/],
  ["ca = true\nextended_key_usage = []", /^3: .*extended_key_usage is only for leaf certificates/],
  ['ca = true\nkey_algorithms = ["ed25519"]', /^3: .*: a CA cannot have an Ed25519 key; expected/],
  [
    'subject = "O=Fleet"\nnames = { subject = "CN=*,O=Other" }',
    /^3: .*names\.subject: "CN=\*,O=Other" matches no certificate of this profile: .*"O=Fleet"/,
  ],
  [
    'subject = "O=Fleet"\n[profile.a.names]\nsubject = ["CN=*,O=F*", "CN=*"]',
    /^4: .*names\.subject\[1\]: "CN=\*" matches no certificate/,
  ],
];
for (const [text, said] of contradictions) {
  Deno.test(`ca.toml: the contradiction in ${JSON.stringify(text).slice(0, 70)} is told`, () => {
    const found = mistakes(`[profile.a]\n${text}\n`);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0] ?? "", said);
  });
}

Deno.test("ca.toml: all mistakes are told together, by line", () => {
  const found = mistakes(`serial = 1
[profile.a]
validity = "2d"
max_validity = "1d"
[addresses]
crl = ["x"]
colour = "red"
`);
  assert.deepEqual(found.map((line) => line.replace(/:.*/, "")), ["1", "4", "6", "7"]);
});

Deno.test("ca.toml: the error names the file, every mistake and the next step", () => {
  const { problems } = parse('serial = 1\nduplicates = "x"\n');
  const message = describe(new CaSettingsError("/ca/ca.toml", problems));
  assert.equal(message.message, "/ca/ca.toml has 2 mistakes");
  assert.equal(message.details?.length, 2);
  assert.match(message.hint ?? "", /certswap ca config check/);
});

Deno.test("ca.toml: a profile without key_algorithms takes the keys that its key usage fits", () => {
  const { settings: { profiles } } = parse(
    '[profile.a]\nkey_usage = ["keyEncipherment"]\nextended_key_usage = []\n',
  );
  assert.deepEqual(profiles.get("a")?.keyKinds, ["rsa-2048", "rsa-3072", "rsa-4096"]);
});

Deno.test("ca.toml: any bytes give settings or mistakes", () => {
  const words = [
    "[profile.a]",
    "[[profile]]",
    "serial",
    " = ",
    '"random"',
    "\n",
    "names.dns",
    "[",
    "]",
    "{",
    "1",
  ];
  fc.assert(fc.property(
    fc.oneof(fc.string(), fc.array(fc.constantFrom(...words)).map((parts) => parts.join(""))),
    (text) => {
      const { settings, problems } = parse(text);
      assert.ok(settings.profiles.has("device"));
      for (const problem of problems) assert.ok(describeSetting(problem).startsWith("/ca/ca.toml"));
    },
  ));
});
