/** The table `[serve]` of `ca.toml`. */
import assert from "node:assert/strict";
import { parseSettings } from "../../../lib/ca/settings/parse_settings.ts";
import { describeSetting } from "../../../lib/cli/messages/settings/ca_settings.ts";
import type { ServeSettings } from "../../../lib/ca/settings/mod.ts";

function parse(text: string): { readonly serve: ServeSettings; readonly problems: string[] } {
  const { settings, problems } = parseSettings("/ca/ca.toml", new TextEncoder().encode(text));
  return { serve: settings.serve, problems: problems.map(describeSetting) };
}

Deno.test("[serve]: addresses, names and limits", () => {
  const { serve, problems } = parse(`[serve]
est = "0.0.0.0:8443"
http = "[::]:80"
admin = "localhost:9090"
names = ["ca.fleet.example", "192.0.2.1"]
connections = 50
requests_per_minute = 30
`);
  assert.deepEqual(problems, []);
  assert.deepEqual(serve, {
    est: { host: "0.0.0.0", port: 8443 },
    http: { host: "::", port: 80 },
    admin: { host: "127.0.0.1", port: 9090 },
    adminLogin: undefined,
    identity: { from: "ca", names: ["ca.fleet.example", "192.0.2.1"] },
    limits: { connections: 50, connectionsPerAddress: 50, requestsPerMinute: 30 },
  });
});

Deno.test("[serve]: an admin address that others can reach needs a login and a certificate", () => {
  const login = 'admin = "0.0.0.0:9090"\nadmin_password_file = "/etc/password"\n';
  const good = parse(`[serve]\nnames = "ca.example"\n${login}`);
  assert.deepEqual(good.problems, []);
  assert.deepEqual(good.serve.adminLogin, { passwordFile: "/etc/password", clientCa: undefined });
  const [problem] = parse(`[serve]\n${login}`).problems;
  assert.match(problem ?? "", /serve.names/);
});

Deno.test("[serve]: a pair of files instead of names", () => {
  const { serve, problems } = parse(
    'serve = { est = "192.0.2.1:443", certificate = "/etc/c.pem", key = "/etc/k.pem" }\n',
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(serve.identity, { from: "files", certificate: "/etc/c.pem", key: "/etc/k.pem" });
});

Deno.test("[serve]: every mistake is reported with its line", () => {
  const { problems } = parse(`[serve]
est = "ca.example:8443"
http = "0.0.0.0"
admin = "0.0.0.0:9090"
certificate = "c.pem"
names = []
conections = 1
connections = 0
`);
  const address =
    'expected an IP address, or localhost, and a port ("0.0.0.0:8443", "[::1]:9090", ' +
    '"localhost:9090")';
  assert.deepEqual(problems, [
    `/ca/ca.toml:2: serve.est: ${address}, found "ca.example:8443"`,
    `/ca/ca.toml:3: serve.http: ${address}, found "0.0.0.0"`,
    '/ca/ca.toml:5: serve.certificate: expected an absolute path, found "c.pem"',
    "/ca/ca.toml:6: serve.names: expected a DNS name or an IP address of the server " +
    '("ca.fleet.example"), or a list of 1 to 16 of these, found []',
    "/ca/ca.toml:7: unknown key serve.conections. Did you mean serve.connections?",
    "/ca/ca.toml:8: serve.connections: expected a whole number from 1 to 100000 (requests_per_minute: " +
    "to 1000000), found 0",
  ]);
});

for (
  const [text, problem] of [
    ['est = "127.0.0.1:1"', "serve.names is missing"],
    ['est = "127.0.0.1:1"\ncertificate = "/c"', "serve.key is missing; expected an absolute path"],
    ['est = "127.0.0.1:1"\nkey = "/k"', "serve.certificate is missing; expected an absolute path"],
    [
      'names = "a"\ncertificate = "/c"\nkey = "/k"',
      "serve.names and serve.certificate cannot be combined",
    ],
    [
      'http = "127.0.0.1:1"\nadmin = "127.0.0.1:1"',
      "serve.admin is the same address as serve.http",
    ],
    ['admin = "192.0.2.1:1"', "serve.admin: expected a loopback address"],
    ['http = "127.0.0.1:0"', "serve.http: expected an IP address"],
    ['http = "127.0.0.1:65536"', "serve.http: expected an IP address"],
    ['http = "::1:80"', "serve.http: expected an IP address"],
    ['http = "[127.0.0.1]:80"', "serve.http: expected an IP address"],
    ['names = "a b"', "serve.names: expected a DNS name"],
    ['names = "*.example\\u0000"', "serve.names: expected a DNS name"],
  ] as const
) {
  Deno.test(`[serve]: ${JSON.stringify(text)} is a mistake`, () => {
    const { problems } = parse(`[serve]\n${text}\n`);
    assert.equal(problems.length, 1, problems.join("\n"));
    assert.ok(problems[0]?.includes(problem), problems[0]);
  });
}
