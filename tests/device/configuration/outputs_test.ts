import assert from "node:assert/strict";
import {
  type ConfigurationProblem,
  type Mistake,
  type PairConfiguration,
  readConfiguration,
} from "../../../lib/device/configuration/mod.ts";
import { layouts } from "../../../lib/device/configuration/pair_table/mod.ts";
import { parseFile } from "../../../lib/device/configuration/parse_file.ts";
import { requireKnownAccounts } from "../../../lib/device/pair/outputs/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { testSystem } from "../../support/test_world.ts";

/** What a text means, with all its mistakes; paths and accounts are not looked up. */
function parsed(text: string): {
  readonly paths: PairConfiguration["paths"] | undefined;
  readonly problems: readonly ConfigurationProblem[];
} {
  const { pairs, problems } = parseFile("/c.toml", new TextEncoder().encode(text));
  return { paths: pairs[0]?.value.configuration?.paths, problems };
}

function pathsOf(text: string): PairConfiguration["paths"] {
  const { paths, problems } = parsed(text);
  assert.deepEqual(problems, []);
  assert(paths !== undefined);
  return paths;
}

function named(name: string): { readonly name: string; readonly id: undefined } {
  return { name, id: undefined };
}

Deno.test("an output has the defaults of its format, and the pair's owner and modes", () => {
  const paths = pathsOf(`[pair.web]
dir = "/tls"
owner = 0
group = "www-data"
mode = "0644"
key_mode = "640"
[[pair.web.output]]
path = "/a/chain.pem"
contains = ["chain"]
[[pair.web.output]]
path = "/a/all.pem"
contains = ["key", "chain"]
[[pair.web.output]]
path = "/a/own.der"
contains = ["key"]
format = "der"
owner = "svc"
mode = "0400"
`);
  const accounts = { owner: named("0"), group: named("www-data") };
  assert.deepEqual(paths, {
    certificate: "/tls/cert.pem",
    key: "/tls/key.pem",
    rights: { certificate: { ...accounts, mode: 0o644 }, key: { ...accounts, mode: 0o640 } },
    outputs: [
      {
        path: "/a/chain.pem",
        contains: ["chain"],
        format: "pem",
        rights: { ...accounts, mode: 0o644 },
        profile: "modern",
      },
      {
        path: "/a/all.pem",
        contains: ["key", "chain"],
        format: "pem",
        rights: { ...accounts, mode: 0o640 },
        profile: "modern",
      },
      {
        path: "/a/own.der",
        contains: ["key"],
        format: "der",
        rights: { owner: named("svc"), group: named("www-data"), mode: 0o400 },
        profile: "modern",
      },
    ],
  });
});

Deno.test("a PKCS#12 output has a password file, a name and a profile, and may be a single table", () => {
  const { outputs, trust } = pathsOf(`[pair.web]
dir = "/tls"
trust = "/ca.pem"
[pair.web.output]
path = "/a/web.p12"
contains = ["key", "chain", "trust"]
format = "pkcs12"
password_file = "/a/password"
friendly_name = "web"
profile = "legacy"
`);
  assert.deepEqual(outputs, [{
    path: "/a/web.p12",
    contains: ["key", "chain", "trust"],
    format: "pkcs12",
    rights: {},
    passwordFile: "/a/password",
    friendlyName: "web",
    profile: "legacy",
  }]);
  assert.equal(trust, "/ca.pem");
});

Deno.test("combined alone is the only file of the pair", () => {
  assert.deepEqual(pathsOf('[pair.web]\ncombined = "/a.pem"\nkey_mode = "0600"\n'), {
    certificate: "/a.pem",
    key: "/a.pem",
    shape: "combined",
    rights: { certificate: {}, key: { mode: 0o600 } },
  });
});

/** Each layout of a pair `web` in /d, and the same written out. */
const writtenOut: Readonly<Record<keyof typeof layouts, string>> = {
  certbot: `certificate = "/d/fullchain.pem"
key = "/d/privkey.pem"
mode = "0644"
key_mode = "0600"
output = [
  { path = "/d/cert.pem", contains = ["certificate"] },
  { path = "/d/chain.pem", contains = ["intermediates"] },
]`,
  haproxy: 'combined = "/d/web.pem"\nkey_mode = "0600"',
  postgres: `certificate = "/d/server.crt"
key = "/d/server.key"
owner = "postgres"
group = "postgres"
key_mode = "0600"`,
  mosquitto: `certificate = "/d/server.crt"
key = "/d/server.key"
owner = "root"
group = "mosquitto"
key_mode = "0640"
output = { path = "/d/ca.crt", contains = ["trust"] }`,
  nginx: 'dir = "/d"\nowner = "root"\nkey_mode = "0600"',
  java: `dir = "/d"
[pair.web.output]
path = "/d/keystore.p12"
contains = ["key", "chain"]
format = "pkcs12"
password_file = "/d/keystore.password"
friendly_name = "web"`,
  proxmox: 'certificate = "/d/pveproxy-ssl.pem"\nkey = "/d/pveproxy-ssl.key"',
  flip: 'certificate = "/d/current/cert.pem"\nkey = "/d/current/key.pem"',
};

for (const [name, text] of Object.entries(writtenOut)) {
  Deno.test(`the layout ${name} is short for other keys`, () => {
    const head = '[pair.web]\ntrust = "/ca.pem"\n';
    const { shape, ...paths } = pathsOf(`${head}layout = "${name}"\ndir = "/d"\n`);
    const { shape: written, ...others } = pathsOf(head + text);
    assert.deepEqual(paths, others);
    assert.equal(shape, name === "flip" ? "flip" : written);
  });
}

Deno.test("an explicit owner, group or mode overrides that of the layout", () => {
  const { rights, outputs } = pathsOf(`[pair.web]
layout = "mosquitto"
dir = "/d"
trust = "/ca.pem"
owner = "svc"
mode = "0640"
key_mode = "0600"
`);
  const accounts = { owner: named("svc"), group: named("mosquitto") };
  assert.deepEqual(rights, {
    certificate: { ...accounts, mode: 0o640 },
    key: { ...accounts, mode: 0o600 },
  });
  assert.deepEqual(outputs?.map(({ rights }) => rights), [{ ...accounts, mode: 0o640 }]);
});

Deno.test("the layout mosquitto writes no ca.crt without trust anchors, or over their own file", () => {
  const head = '[pair.web]\nlayout = "mosquitto"\ndir = "/d"\n';
  assert.equal(pathsOf(head).outputs, undefined);
  assert.equal(pathsOf(`${head}trust = "/d/ca.crt"`).outputs, undefined);
});

Deno.test("the layout java takes its password from password_file, and further outputs", () => {
  const { outputs } = pathsOf(`[pair.web]
layout = "java"
dir = "/d"
password_file = "/p"
output = { path = "/a.pem", contains = ["chain"] }
`);
  assert.deepEqual(outputs?.map(({ path, passwordFile }) => [path, passwordFile]), [
    ["/a.pem", undefined],
    ["/d/keystore.p12", "/p"],
  ]);
});

Deno.test("what a layout sets is reported at the key that it comes from", () => {
  const text = `[pair.web]
layout = "java"
dir = "/d"
password_file = "/p"
group = "x"
output = { path = "/o", contains = ["chain"] }
`;
  const { pairs: [web] } = parseFile("/c.toml", new TextEncoder().encode(text));
  const at = (...below: (string | number)[]): string =>
    `${web?.place(...below).line} ${web?.key(...below)}`;
  assert.deepEqual([
    at("certificate"),
    at("owner"),
    at("group"),
    at("output", 0, "path"),
    at("output", 1, "path"),
    at("output", 1, "password_file"),
  ], [
    "3 pair.web.dir",
    "2 pair.web.layout",
    "5 pair.web.group",
    "6 pair.web.output.path",
    "3 pair.web.dir",
    "4 pair.web.password_file",
  ]);
});

const pair = '[pair.web]\ndir = "/tls"\n';
const output = `${pair}[[pair.web.output]]\npath = "/o"\n`;
const second = `${output}contains = ["key"]\n[[pair.web.output]]\npath = "/p"\n`;

function wrong(
  key: string,
  expected: (Mistake & { kind: "wrong-value" })["expected"],
  found: string,
): Mistake {
  return { kind: "wrong-value", key: `pair.web.${key}`, expected, found };
}

function missing(key: string, expected: (Mistake & { kind: "missing-key" })["expected"]): Mistake {
  return { kind: "missing-key", key: `pair.web.${key}`, expected };
}

function faulty(key: string, fault: (Mistake & { kind: "output" })["fault"]): Mistake {
  return { kind: "output", key: `pair.web.${key}`, fault };
}

const layoutNames = Object.keys(layouts);

/** A text, the line of its only mistake, and the mistake. */
const mistakes: readonly (readonly [text: string, line: number, Mistake])[] = [
  // Values.
  [`${pair}owner = "a b"`, 3, wrong("owner", "account", '"a b"')],
  [`${pair}owner = "007"`, 3, wrong("owner", "account", '"007"')],
  [`${pair}group = -1`, 3, wrong("group", "account", "-1")],
  [`${pair}group = 4294967295`, 3, wrong("group", "account", "4294967295")],
  [`${pair}group = 1.5`, 3, wrong("group", "account", "1.5")],
  [`${pair}group = true`, 3, wrong("group", "account", "true")],
  [`${pair}mode = 640`, 3, wrong("mode", "mode", "640")],
  [`${pair}mode = "0664"`, 3, wrong("mode", "mode", '"0664"')],
  [`${pair}mode = "0646"`, 3, wrong("mode", "mode", '"0646"')],
  [`${pair}mode = "4644"`, 3, wrong("mode", "mode", '"4644"')],
  [`${pair}key_mode = "0644"`, 3, wrong("key_mode", "key-mode", '"0644"')],
  [`${pair}key_mode = "0660"`, 3, wrong("key_mode", "key-mode", '"0660"')],
  [`${pair}layout = "apache"`, 3, {
    kind: "wrong-value",
    key: "pair.web.layout",
    expected: "layout",
    choices: layoutNames,
    found: '"apache"',
  }],
  [`${pair}output = "/o"`, 3, wrong("output", "output", '"/o"')],
  [`${pair}output = []`, 3, wrong("output", "output", "[]")],
  [`${output}`, 3, missing("output[0].contains", "output-contents")],
  [`${pair}output = { contains = ["key"] }`, 3, missing("output.path", "absolute-path")],
  [`${output}contains = []`, 5, wrong("output[0].contains", "output-contents", "[]")],
  [`${output}contains = "key"`, 5, wrong("output[0].contains", "output-contents", '"key"')],
  [
    `${output}contains = [\n"key",\n"root"]`,
    7,
    wrong("output[0].contains[1]", "output-contents", '"root"'),
  ],
  [
    `${second}contains = ["chain"]\nformat = "jks"`,
    9,
    wrong("output[1].format", "output-format", '"jks"'),
  ],
  [
    `${second}contains = ["chain"]\nmode = "0666"`,
    9,
    wrong("output[1].mode", "mode", '"0666"'),
  ],
  [
    `${second}contains = ["chain"]\npassword-file = "/x"`,
    9,
    {
      kind: "unknown-key",
      key: "pair.web.output[1].password-file",
      suggestion: "pair.web.output[1].password_file",
    },
  ],
  [`${pair}outputs = []`, 3, {
    kind: "unknown-key",
    key: "pair.web.outputs",
    suggestion: "pair.web.output",
  }],
  ...[
    ["friendly_name", "friendly-name", ""],
    ["friendly_name", "friendly-name", "a\\tb"],
    ["profile", "profile", "rc2"],
    ["password_file", "absolute-path", "password"],
  ].map(([key = "", expected = "", value = ""]) =>
    [
      `${second}contains = ["chain"]\nformat = "pkcs12"\n` +
      (key === "password_file" ? "" : `password_file = "/x"\n`) + `${key} = "${value}"`,
      key === "password_file" ? 10 : 11,
      wrong(`output[1].${key}`, expected as "profile", `"${value}"`),
    ] as const
  ),
  // What does not go together.
  [
    `${second}contains = ["key", "chain"]\nmode = "0644"`,
    9,
    wrong("output[1].mode", "key-mode", '"0644"'),
  ],
  [
    `${second}contains = ["key",\n"chain",\n"key"]`,
    10,
    faulty("output[1].contains[2]", { kind: "part-twice", part: "key", index: 2 }),
  ],
  [
    `${second}contains = ["chain",\n"certificate"]`,
    9,
    faulty("output[1].contains[1]", { kind: "part-in-chain", part: "certificate", index: 1 }),
  ],
  [
    `${second}contains = ["intermediates", "chain"]`,
    8,
    faulty("output[1].contains[0]", { kind: "part-in-chain", part: "intermediates", index: 0 }),
  ],
  [
    `${second}contains = ["trust"]`,
    8,
    faulty("output[1].contains[0]", { kind: "no-trust", index: 0 }),
  ],
  ...["['key', 'certificate']", "['chain']", "['trust']"].map((contains) =>
    [
      `[pair.web]\ndir = "/tls"\ntrust = "/ca.pem"\n[pair.web.output]\npath = "/o"\nformat = "der"\n` +
      `contains = ${contains}`,
      7,
      faulty("output.contains", { kind: "der-holds-one" }),
    ] as const
  ),
  [
    `${second}contains = ["key"]\nformat = "pkcs12"\npassword_file = "/x"`,
    8,
    faulty("output[1].contains", { kind: "key-alone" }),
  ],
  [
    `${second}contains = ["key", "chain"]\nformat = "pkcs12"`,
    6,
    faulty("output[1].password_file", { kind: "password-file-missing" }),
  ],
  [
    `[pair.web]\ndir = "/tls"\nkey_algorithm = "ed25519"\n[pair.web.output]\npath = "/o"\n` +
    `contains = ["key", "chain"]\nformat = "pkcs12"\npassword_file = "/x"\nprofile = "legacy"`,
    9,
    faulty("output.profile", { kind: "key-kind", keyKind: "ed25519" }),
  ],
  ...([
    ["password_file", "passwordFile", "/x"],
    ["friendly_name", "friendlyName", "x"],
    ["profile", "profile", "modern"],
  ] as const).map(([key, setting, value]) =>
    [
      `${second}contains = ["key"]\nformat = "der"\n${key} = "${value}"`,
      10,
      faulty(`output[1].${key}`, { kind: "pkcs12-only", setting, format: "der" }),
    ] as const
  ),
  // Layouts.
  ['[pair.web]\nlayout = "nginx"', 1, missing("dir", "absolute-path")],
  ...["certificate", "key", "combined"].map((key) =>
    [`${pair}layout = "haproxy"\n${key} = "/x"`, 4, {
      kind: "layout-and-file",
      key: `pair.web.${key}`,
      layout: "haproxy",
    }] as const
  ),
  [`${pair}layout = "nginx"\npassword_file = "/x"`, 4, {
    kind: "layout-only",
    key: "pair.web.password_file",
    layouts: ["java"],
  }],
  [`${pair}password_file = "/x"`, 3, {
    kind: "layout-only",
    key: "pair.web.password_file",
    layouts: ["java"],
  }],
  ['[pair.web]\ncombined = "/c"\nkey = "/k"', 1, missing("certificate", "pair-file")],
];

for (const [text, line, mistake] of mistakes) {
  const shown = JSON.stringify(text.replace(pair, "").slice(-70));
  Deno.test(`the mistake in ${shown} of an output or layout is reported with its line`, () => {
    assert.deepEqual(parsed(text).problems, [{ file: "/c.toml", line, mistake }]);
  });
}

Deno.test("mistakes of an output are reported together with those of its pair", () => {
  const { problems } = parsed(`${pair}keep_key = 1
[[pair.web.output]]
path = 1
contains = ["trust"]
`);
  assert.deepEqual(
    problems.map(({ line, mistake: { kind } }) => `${line} ${kind}`).toSorted(),
    ["3 wrong-value", "5 wrong-value", "6 output"],
  );
});

/** The shared paths of a configuration: `line key = line key`. */
async function sharedIn(text: string): Promise<string[]> {
  return await withConfiguration({ "certswap.toml": text }, async ({ path }) => {
    try {
      await readConfiguration(testSystem(), path);
      return [];
    } catch (error) {
      return (error as { readonly problems: readonly ConfigurationProblem[] }).problems.map(
        ({ line, mistake }) => {
          assert(mistake.kind === "shared-path", mistake.kind);
          return `${line} ${mistake.key} = ${mistake.first.line} ${mistake.first.key}`;
        },
      );
    }
  });
}

const home = '[pair.web]\ncertificate = "$ROOT/c"\nkey = "$ROOT/k"\ncombined = "$ROOT/b"\n';
const fifth = '[[pair.web.output]]\ncontains = ["chain"]\n';

for (
  const [name, text, found] of [
    ["the certificate", 'path = "$ROOT/c"', "7 pair.web.output[0].path = 2 pair.web.certificate"],
    ["the key", 'path = "$ROOT/tls/../k"', "7 pair.web.output[0].path = 3 pair.web.key"],
    ["the combined file", 'path = "$ROOT/b"', "7 pair.web.output[0].path = 4 pair.web.combined"],
    [
      "another output",
      `path = "$ROOT/o"\n${fifth}path = "$ROOT/o"`,
      "10 pair.web.output[1].path = 7 pair.web.output[0].path",
    ],
    [
      "its password file",
      'path = "$ROOT/o"\nformat = "pkcs12"\npassword_file = "$ROOT/o"',
      "9 pair.web.output[0].password_file = 7 pair.web.output[0].path",
    ],
    [
      "a file of another pair",
      'path = "$ROOT/tls/key.pem"\n[pair.b]\ndir = "$ROOT/tls"',
      "9 pair.b.dir = 7 pair.web.output[0].path",
    ],
    [
      "the trust anchors of another pair",
      'path = "$ROOT/t"\n[pair.b]\ndir = "$ROOT/tls"\ntrust = "$ROOT/t"',
      "10 pair.b.trust = 7 pair.web.output[0].path",
    ],
    [
      "an output of a layout",
      'path = "$ROOT/tls/chain.pem"\n[pair.b]\nlayout = "certbot"\ndir = "$ROOT/tls"',
      "10 pair.b.dir = 7 pair.web.output[0].path",
    ],
  ] as const
) {
  Deno.test(`an output at the path of ${name} is refused`, async () => {
    assert.deepEqual(await sharedIn(home + fifth + text), [found]);
  });
}

Deno.test("the password file of a layout cannot be a file of the pair", async () => {
  const text =
    '[pair.web]\nlayout = "java"\ndir = "$ROOT/tls"\npassword_file = "$ROOT/tls/key.pem"';
  assert.deepEqual(await sharedIn(text), ["4 pair.web.password_file = 3 pair.web.dir"]);
});

Deno.test("two pairs cannot share a combined file, or a directory of versions", async () => {
  assert.deepEqual(
    await sharedIn('[pair.a]\ncombined = "$ROOT/a"\n[pair.b]\ncombined = "$ROOT/./a"\n'),
    ["4 pair.b.combined = 2 pair.a.combined"],
  );
  const flip = (name: string, dir: string): string =>
    `[pair.${name}]\nlayout = "flip"\ndir = "${dir}"\n`;
  assert.deepEqual(
    await sharedIn(flip("a", "$ROOT/tls") + flip("b", "$ROOT/tls/../tls")),
    [
      "6 pair.b.dir = 3 pair.a.dir",
      "6 pair.b.dir = 3 pair.a.dir",
    ].slice(0, 1),
  );
});

Deno.test("two outputs may use one password file; a certificate may be its own anchor", async () => {
  const text = `[pair.web]
dir = "$ROOT/tls"
trust = "$ROOT/tls/cert.pem"
output = [
  { path = "$ROOT/a", contains = ["chain"], format = "pkcs12", password_file = "$ROOT/p" },
  { path = "$ROOT/b", contains = ["chain"], format = "pkcs12", password_file = "$ROOT/p" },
]
`;
  assert.deepEqual(await sharedIn(text), []);
});

Deno.test("readConfiguration() finds users and groups; an unknown one stops its pair only", async () => {
  const text = `[pair.a]
dir = "$ROOT/tls"
owner = "root"
group = 7
output = { path = "$ROOT/o", contains = ["chain"], owner = 8 }
[pair.b]
dir = "$ROOT"
owner = "no-such-user"
[pair.c]
dir = "$ROOT/tls/c"
`;
  await withConfiguration({ "certswap.toml": text }, async ({ path }) => {
    const { pairs: [a, b, c] } = await readConfiguration(testSystem(), path);
    assert(a !== undefined && b !== undefined && c !== undefined);
    assert.deepEqual(a.paths.rights?.key, {
      owner: { name: "root", id: 0 },
      group: { name: "7", id: 7 },
    });
    assert.deepEqual(a.paths.outputs?.[0]?.rights, {
      owner: { name: "8", id: 8 },
      group: { name: "7", id: 7 },
    });
    requireKnownAccounts(a.paths);
    assert.equal(b.paths.rights?.key.owner?.id, undefined);
    assert.throws(
      () => requireKnownAccounts(b.paths),
      { code: "unknown-account", account: "no-such-user", path: b.paths.certificate },
    );
    requireKnownAccounts(c.paths);
  });
});

Deno.test("requireKnownAccounts() also looks at the key and at every output", () => {
  const known = { owner: { name: "0", id: 0 } };
  const unknown = { group: { name: "gone", id: undefined } };
  const paths = { certificate: "/c", key: "/k" };
  const spec = { path: "/o", contains: ["chain"], format: "pem", profile: "modern" } as const;
  assert.throws(
    () => requireKnownAccounts({ ...paths, rights: { certificate: known, key: unknown } }),
    { code: "unknown-account", kind: "group", path: "/k" },
  );
  assert.throws(
    () => requireKnownAccounts({ ...paths, outputs: [{ ...spec, rights: unknown }] }),
    { code: "unknown-account", path: "/o" },
  );
});
