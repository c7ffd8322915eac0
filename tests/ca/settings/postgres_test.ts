/** The table `[postgres]` of `ca.toml`: what it means, and every mistake with its line. */
import assert from "node:assert/strict";
import { parseSettings } from "../../../lib/ca/settings/parse_settings.ts";
import { describeSetting } from "../../../lib/cli/messages/settings/ca_settings.ts";
import { hour, second } from "../../../lib/system/mod.ts";

const parse = (text: string): ReturnType<typeof parseSettings> =>
  parseSettings("/ca/ca.toml", new TextEncoder().encode(text));

/** The mistakes in a text, as they are printed, without the path. */
function mistakes(text: string): string[] {
  return parse(text).problems.map((problem) =>
    describeSetting(problem).replace("/ca/ca.toml:", "")
  );
}

const server = 'host = "db.example"\ndatabase = "ca"\nuser = "certswap"\n';
const withTls = `[postgres]\n${server}tls = { ca = "/ca.crt" }\n`;

Deno.test("ca.toml: a database has a place, a login and TLS", () => {
  const { settings, problems } = parse(withTls);
  assert.deepEqual(problems, []);
  assert.deepEqual(settings.postgres, {
    host: "db.example",
    port: 5432,
    database: "ca",
    user: "certswap",
    schema: "certswap",
    passwordFile: undefined,
    tls: { ca: "/ca.crt", identity: undefined },
    connectTimeout: 10 * second,
    statementTimeout: 30 * second,
  });
  const { settings: { postgres } } = parse(`[postgres]
host = "/run/postgresql"
port = 5433
database = "Fleet CA"
user = "front end"
schema = "fleet"
password_file = "/etc/password"
connect_timeout = "1s"
statement_timeout = "1h"
`);
  assert.deepEqual(postgres, {
    host: "/run/postgresql",
    port: 5433,
    database: "Fleet CA",
    user: "front end",
    schema: "fleet",
    passwordFile: "/etc/password",
    tls: undefined,
    connectTimeout: second,
    statementTimeout: hour,
  });
  const pair = parse(
    `[postgres]\n${server}[postgres.tls]\nca = "/ca.crt"\ncertificate = "/a.crt"\nkey = "/a.key"\n`,
  );
  assert.deepEqual(pair.settings.postgres?.tls, {
    ca: "/ca.crt",
    identity: { certificate: "/a.crt", key: "/a.key" },
  });
});

Deno.test("ca.toml: a connection without TLS stays on this machine, and the file says so", () => {
  const at = (host: string, tls: string): string[] =>
    mistakes(`[postgres]\nhost = "${host}"\ndatabase = "ca"\nuser = "certswap"\n${tls}`);
  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "::1"]) {
    assert.deepEqual(at(host, "tls = false"), [], host);
    assert.match(at(host, "").join(), /^1: postgres\.tls is missing; expected a table with the CA/);
  }
  for (const host of ["db.example", "192.0.2.1", "128.0.0.1", "127.example", "2001:db8::1"]) {
    const [mistake = ""] = at(host, "tls = false");
    assert.ok(
      mistake.startsWith(`5: postgres.tls: ${host} may be another machine; expected`),
      host,
    );
  }
  assert.deepEqual(at("/run/postgresql", "tls = false"), []);
  assert.deepEqual(at("/run/postgresql", 'tls = { ca = "/ca.crt" }'), [
    "5: postgres.tls: PostgreSQL has no TLS on a socket; remove it",
  ]);
});

Deno.test("ca.toml: every mistake about a database is found, and none shows a password", () => {
  const found = mistakes(`[postgres]
host = "db.example/ca"
port = 70000
database = ""
user = "${"a".repeat(64)}"
schema = "Fleet"
password = "hunter2"
password_file = "password"
connect_timeout = "0s"
statement_timeout = 5
tls = { ca = "/ca.crt", certificate = "/a.crt", sslkey = "/a.key" }
`);
  const starts = [
    "2: postgres.host: expected a DNS name, an IP address, or the absolute path",
    "3: postgres.port: expected a port from 1 to 65535, found 70000",
    "4: postgres.database: expected a name of 1 to 63 bytes",
    "5: postgres.user: expected a name of 1 to 63 bytes",
    "6: postgres.schema: expected 1 to 63 lower-case letters",
    "7: unknown key postgres.password. Did you mean postgres.password_file?",
    "8: postgres.password_file: expected an absolute path",
    '9: postgres.connect_timeout: expected a duration from "1s" to "1h"',
    '10: postgres.statement_timeout: expected a duration from "1s" to "1h"',
    "11: unknown key postgres.tls.sslkey. Did you mean postgres.tls.key?",
  ];
  assert.deepEqual(found.map((mistake, index) => mistake.slice(0, starts[index]?.length)), starts);
  assert.doesNotMatch(found.join(), /hunter2/);
  assert.deepEqual(mistakes(withTls.replace(" }", ', certificate = "/a.crt" }')).length, 1);
  assert.deepEqual(mistakes(withTls.replace(" }", ', key = "/a.key" }')).length, 1);
  assert.deepEqual(mistakes("[postgres]\n").length, 3);
});
