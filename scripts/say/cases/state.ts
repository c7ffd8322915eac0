/** Devices on which something is missing, damaged or in use. */
import type { Case } from "../case.ts";

const journal = "tls/.certswap/cert.pem.journal";
const makeState = "mkdir -m 700 tls/.certswap";

/** States that a person has to look at, and what `status` says about others. */
export const stateCases: readonly Case[] = [
  { what: "a healthy pair", command: "certswap status --dir tls" },
  { what: "no pair", given: "rm tls/*", command: "certswap status --dir tls" },
  { what: "a key that is missing", given: "rm tls/key.pem", command: "certswap status --dir tls" },
  {
    what: "a certificate that is missing",
    given: "rm tls/cert.pem",
    command: "certswap status --dir tls",
  },
  {
    what: "a mismatched pair",
    given: "cp other.key tls/key.pem",
    command: "certswap status --dir tls",
  },
  {
    what: "an expired pair",
    given: "cp expired.pem tls/cert.pem; cp expired.key tls/key.pem",
    command: "certswap status --dir tls",
  },
  {
    what: "a pair that is not valid yet",
    given: "cp future.pem tls/cert.pem; cp future.key tls/key.pem",
    command: "certswap status --dir tls",
  },
  {
    what: "a certificate that is a text",
    given: "cp text.pem tls/cert.pem",
    command: "certswap status --dir tls",
  },
  {
    what: "a key that cannot be read",
    given: "chmod 0 tls/key.pem",
    command: "certswap status --dir tls",
  },
  {
    what: "a key that everyone can read",
    given: "chmod 644 tls/key.pem",
    command: "certswap status --dir tls",
  },
  { what: "a directory that does not exist", command: "certswap status --dir nowhere" },
  {
    what: "an expired pair, for a monitoring system",
    given: "cp expired.pem tls/cert.pem; cp expired.key tls/key.pem",
    command: "certswap status --check --dir tls",
  },
  {
    what: "a missing pair, for a monitoring system",
    command: "certswap status --check --dir nowhere",
  },
  {
    what: "a pending and a previous pair",
    given: "certswap swap --dir tls --new-cert new.pem --new-key new.key --keep-previous; " +
      "certswap stage --dir tls --new-cert new.pem --new-key new.key",
    command: "certswap status --dir tls",
  },
  { what: "recovery with nothing to do", command: "certswap recover --dir tls" },
  {
    what: "recovery in a directory that does not exist",
    command: "certswap recover --dir nowhere",
  },
  {
    what: "a journal that is not a journal",
    given: `${makeState}; echo hello >${journal}; chmod 600 ${journal}`,
    command: "certswap recover --dir tls",
  },
  {
    what: "an empty journal",
    given: `${makeState}; : >${journal}; chmod 600 ${journal}`,
    command: "certswap swap --dir tls --new-cert new.pem --new-key new.key",
  },
  {
    what: "a journal that others can write",
    given: `${makeState}; echo hello >${journal}; chmod 666 ${journal}`,
    command: "certswap recover --dir tls",
  },
  {
    what: "a directory instead of the journal",
    given: `${makeState}; mkdir ${journal}`,
    command: "certswap recover --dir tls",
  },
  {
    what: "a state directory that others can write",
    given: "mkdir tls/.certswap; chmod 777 tls/.certswap",
    command: "certswap swap --dir tls --new-cert new.pem --new-key new.key",
  },
  {
    what: "a file instead of the state directory",
    given: "touch tls/.certswap",
    command: "certswap swap --dir tls --new-cert new.pem --new-key new.key",
  },
  {
    what: "a state file that is damaged",
    given: "certswap swap --dir tls --new-cert new.pem --new-key new.key; " +
      "echo hello >tls/.certswap/cert.pem.state",
    command: "certswap status --dir tls",
  },
  {
    what: "a state file that is damaged, and a swap",
    given: "certswap swap --dir tls --new-cert new.pem --new-key new.key; " +
      "echo hello >tls/.certswap/cert.pem.state",
    command: "certswap swap --dir tls --new-cert new.pem --new-key new.key",
  },
  {
    what: "a lock that another process holds",
    given: `${makeState}; : >tls/.certswap/cert.pem.lock; chmod 600 tls/.certswap/cert.pem.lock`,
    command: "flock tls/.certswap/cert.pem.lock " +
      "certswap swap --dir tls --new-cert new.pem --new-key new.key --lock-timeout 100ms",
  },
  {
    what: "a pending pair with one file missing",
    given: "certswap stage --dir tls --new-cert new.pem --new-key new.key; " +
      "rm tls/.key.pem.certswap.pending",
    command: "certswap swap --dir tls",
  },
  {
    what: "a previous pair that has been damaged",
    given: "certswap swap --dir tls --new-cert new.pem --new-key new.key --keep-previous; " +
      "echo hello >tls/.cert.pem.certswap.previous",
    command: "certswap rollback --dir tls",
  },
  { what: "standard output that is full", command: "certswap status --dir tls >/dev/full" },
];
