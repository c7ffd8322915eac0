/** Rotations that fail, wait or have nothing to do. */
import type { Case } from "../case.ts";
import { adding, withIssuer } from "./configuration.ts";

const rotate = "certswap rotate --config certswap.toml";
const forced = `${rotate} --force`;

/** Shell that has a program sign, made of these lines of shell. */
const issuer = (script: string): string =>
  `cat >issue <<'END'\n#!/bin/sh\n${script}\nEND\nchmod 755 issue\n` +
  withIssuer(
    'trust = "$PWD/root.pem"\n' +
      'issuer = { kind = "command", command = ["$PWD/issue"], time_limit = "1s" }',
  );

const issuing = (what: string, script: string): Case => ({
  what,
  given: issuer(script),
  command: forced,
});

const added = (what: string, lines: string): Case => ({
  what,
  given: adding(lines),
  command: forced,
});

/** What `rotate` says about issuers, hooks, probes and states. */
export const rotationCases: readonly Case[] = [
  {
    what: "an EST server that is not running",
    given: withIssuer(
      'issuer = { kind = "est", url = "https://127.0.0.1:1", trust = "$PWD/root.pem" }',
    ),
    command: forced,
  },
  {
    what: "an EST server without the secret for the first certificate",
    given: withIssuer(
      'issuer = { kind = "est", url = "https://127.0.0.1:1", trust = "$PWD/root.pem", ' +
        'secret_file = "$PWD/no-secret" }',
    ) + "\nrm -r tls && mkdir tls",
    command: rotate,
  },
  {
    what: "an EST server by HTTP",
    given: withIssuer('issuer = { kind = "est", url = "http://ca", trust = "$PWD/root.pem" }'),
    command: forced,
  },
  {
    what: "an enrolment that trusts nothing",
    command: "certswap enroll --est https://ca.example --dir tls --names DNS:a.example",
  },
  { what: "a pair that is not due", command: rotate },
  { what: "a pair that is not due with --dry-run", command: `${rotate} --dry-run` },
  { what: "a renewal that succeeds", command: forced },
  { what: "a first pair", given: "rm tls/*", command: rotate },
  {
    what: "a first pair that has no names",
    given: "rm tls/*; sed -i '/^subject/d;/^names/d' certswap.toml",
    command: rotate,
  },
  issuing("an issuer that fails", "echo out of paper >&2; exit 1"),
  issuing("an issuer that fails without output", "exit 3"),
  issuing("an issuer that prints nothing", "cat >/dev/null"),
  issuing("an issuer that prints a text", "echo The certificate will be mailed to you"),
  issuing("an issuer that prints control characters", "printf '\\033[31mred' >&2; exit 1"),
  issuing("an issuer that takes too long", "sleep 5"),
  issuing("an issuer that has not decided yet", "exit 75"),
  issuing("an issuer that is killed", "kill -9 $$"),
  issuing("an issuer that returns the certificate of another pair", 'cat "${0%/*}/new.pem"'),
  issuing("an issuer that prints without an end", "cat /dev/zero"),
  {
    what: "an issuer that is not executable",
    given: `${issuer("exit 0")}\nchmod 644 issue`,
    command: forced,
  },
  {
    what: "an issuer that others can write",
    given: `${issuer("exit 0")}\nchmod 777 issue`,
    command: forced,
  },
  {
    what: "an issuer that has failed before",
    given: `${issuer("exit 1")}\n${forced} || true`,
    command: "certswap status --name web --config certswap.toml",
  },
  {
    what: "an issuer that has failed before, in a table",
    given: `${issuer("exit 1")}\n${forced} || true`,
    command: "certswap status --config certswap.toml",
  },
  { what: "a missing CA", given: "mv ca gone", command: forced },
  { what: "a CA without its key", given: "rm ca/ca.key", command: forced },
  added("a hook that fails", 'hook = { command = ["/bin/false"] }'),
  added("a hook that cannot be started", 'hook = { command = ["/bin/no-hook"] }'),
  added(
    "a hook that takes too long",
    'hook = { command = ["/bin/sleep", "9"], time_limit = "1s" }',
  ),
  added("a probe that no server answers", 'probe = { url = "tls://localhost:1", deadline = "1s" }'),
  added(
    "a probe whose program cannot tell",
    'probe = { command = ["/bin/sh", "-c", "exit 75"], deadline = "1s" }',
  ),
  added("a probe whose program says no", 'probe = { command = ["/bin/false"], deadline = "1s" }'),
  {
    what: "a hook that is still pending",
    given: `${adding('hook = { command = ["/bin/false"] }')}\n${forced} || true`,
    command: "certswap status --name web --config certswap.toml",
  },
  { what: "a pair whose directory is gone", given: "rm -r tls", command: rotate },
  { what: "a pair that is mismatched", given: "cp other.key tls/key.pem", command: rotate },
  {
    what: "an expired pair",
    given: "cp expired.pem tls/cert.pem; cp expired.key tls/key.pem",
    command: `${rotate} --dry-run`,
  },
  {
    what: "an expired pair whose issuer fails",
    given: "cp expired.pem tls/cert.pem; cp expired.key tls/key.pem\n" + issuer("exit 1"),
    command: rotate,
  },
  { what: "a pair that is not configured", command: `${rotate} --name wbe` },
];
