/** Configurations with every kind of mistake. */
import type { Case } from "../case.ts";

const check = "certswap config check --config certswap.toml";

/** Shell that adds lines to the configuration. Its last table is `[pair.web]`; `$PWD` is the device. */
export function adding(lines: string): string {
  return `cat >>certswap.toml <<END\n${lines}\nEND`;
}

/** Shell that gives the pair another issuer. */
export function withIssuer(lines: string): string {
  return `sed -i /^issuer/d certswap.toml\n${adding(lines)}`;
}

/** Checks the configuration with these lines added. */
const added = (what: string, lines: string): Case => ({
  what,
  given: adding(lines),
  command: check,
});

/** Checks the configuration after an expression of sed(1) has changed it. */
const edited = (what: string, expression: string): Case => ({
  what,
  given: `sed -i '${expression}' certswap.toml`,
  command: check,
});

/** Most are found by `config check`. */
export const configurationCases: readonly Case[] = [
  { what: "a configuration without a mistake", command: check },
  { what: "no configuration", command: "certswap config check --config nothing.toml" },
  { what: "no configuration in the usual place", command: "certswap rotate" },
  { what: "a directory as the configuration", command: "certswap config check --config tls" },
  { what: "an empty configuration", given: ": >certswap.toml", command: check },
  { what: "a certificate as the configuration", given: "cp new.pem certswap.toml", command: check },
  {
    what: "a configuration that others can write",
    given: "chmod 666 certswap.toml",
    command: check,
  },
  { what: "a configuration that cannot be read", given: "chmod 0 certswap.toml", command: check },
  added("a line that is not TOML", "this is not TOML"),
  added("a table twice", "[pair.web]\ndir = '/a'"),
  added("a key twice", "subject = 'CN=b'"),
  added("an unknown key", "[pair.b]\ndirectory = '/a'"),
  added("an unknown table", "[pairs.b]\ndir = '/a'"),
  added("a pair without files", "[pair.b]\nsubject = 'CN=b'"),
  added("a pair with a certificate and no key", "[pair.b]\ncertificate = '/a/cert.pem'"),
  added("a relative path", "[pair.b]\ndir = 'tls'"),
  added("a number instead of a text", "[pair.b]\ndir = 5"),
  added("a pair's name with a space", "[pair.'a b']\ndir = '/a'"),
  added("two pairs with the same files", '[pair.again]\ndir = "$PWD/tls"'),
  added("a time to renew without a unit", 'renew_before = "soon"'),
  added("a time to renew longer than any life", 'renew_before = "150%"'),
  added("an unknown kind of key", 'key_algorithm = "dsa"'),
  added("an unknown purpose", 'purposes = ["webServer"]'),
  added("an unknown layout", "[pair.b]\nlayout = 'apache'\ndir = '/a'"),
  added("a layout and a certificate", "[pair.b]\nlayout = 'nginx'\ndir = '/a'\ncertificate = '/b'"),
  added("a user that does not exist", 'owner = "no-such-user"'),
  added("a key that others can read", 'key_mode = "0644"'),
  added("an output over the key", 'output = { path = "$PWD/tls/key.pem", contains = ["chain"] }'),
  added("an output with an unknown part", 'output = { path = "$PWD/o", contains = ["root"] }'),
  added(
    "a DER output of a chain",
    'output = { path = "$PWD/o", contains = ["chain"], format = "der" }',
  ),
  added(
    "a PKCS#12 output without a password",
    'output = { path = "$PWD/o", contains = ["key", "chain"], format = "pkcs12" }',
  ),
  added("trust anchors that do not exist", 'trust = "/nowhere/ca.pem"'),
  added("a hook that is not defined", 'hook = "nginx"'),
  added("a hook's program that does not exist", 'hook = { command = ["/usr/bin/no-hook"] }'),
  added("a hook as one text", 'hook = { command = "systemctl reload nginx" }'),
  added("a time limit without a unit", 'hook = { command = ["/bin/true"], time_limit = "60" }'),
  added("a probe's address without a scheme", 'probe = { url = "localhost:443" }'),
  added("a probe's address with another scheme", 'probe = { url = "https://localhost" }'),
  added("an unknown protocol", 'probe = { url = "tls://localhost:25", starttls = "telnet" }'),
  added("a probe without an address", 'probe = { server_name = "device.example" }'),
  added("a directory that is not a mount point", 'requires_mount = ["$PWD/tls"]'),
  edited("a directory that does not exist", "s,/tls,/nowhere,"),
  edited("a subject without an attribute", "s/CN=device.example/device.example/"),
  edited("an alternative name without a kind", "s/DNS:device.example/device.example/"),
  edited("an unknown kind of issuer", "s/local/acme/"),
  edited("a local issuer without its CA", 's,/ca",/no-ca",'),
  edited("an issuer without a kind", 's/kind = "local", //'),
  edited("metrics in a file of another name", '1i metrics = "/run/metrics.txt"'),
  edited("metrics where others can write", '1i metrics = "/tmp/certswap.prom"'),
  {
    what: "an issuer's program that does not exist",
    given: withIssuer(
      'trust = "$PWD/root.pem"\nissuer = { kind = "command", command = ["/usr/bin/no-issuer"] }',
    ),
    command: check,
  },
  {
    what: "an issuer's program without a path",
    given: withIssuer(
      'trust = "$PWD/root.pem"\nissuer = { kind = "command", command = ["sign"] }',
    ),
    command: check,
  },
  {
    what: "a command as issuer, without trust anchors",
    given: withIssuer('issuer = { kind = "command", command = ["/bin/cat"] }'),
    command: check,
  },
  added("several mistakes together", 'renew_before = "soon"\nkey_algorithm = "dsa"\nhok = 1'),
  {
    what: "a pair that is not configured",
    command: "certswap status --name wbe --config certswap.toml",
  },
  {
    what: "the configuration with a pair's paths",
    command: "certswap status --dir tls --config certswap.toml",
  },
  {
    what: "a probe that no server answers",
    given: adding('probe = { url = "tls://localhost:1" }'),
    command: "certswap config check --probe --config certswap.toml",
  },
  { what: "cron's table without permission", command: "certswap install cron" },
  {
    what: "units for a user that does not exist",
    command: "certswap install systemd --user no-such-user --config certswap.toml --print",
  },
];
