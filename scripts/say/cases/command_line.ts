/** Command lines with wrong words. */
import type { Case } from "../case.ts";

/** Each is refused before any file is looked at, or shows help. */
export const commandLineCases: readonly Case[] = [
  { what: "no arguments", command: "certswap" },
  { what: "an unknown command", command: "certswap swop" },
  { what: "an unknown command without a similar one", command: "certswap frobnicate" },
  { what: "an unknown command of the CA", command: "certswap ca sing" },
  { what: "the CA without a command", command: "certswap ca" },
  { what: "an unknown flag", command: "certswap status --dri tls" },
  { what: "an unknown flag without a similar one", command: "certswap status --colour red" },
  { what: "a flag of another command", command: "certswap status --dir tls --force" },
  { what: "a flag without its value", command: "certswap status --dir" },
  { what: "an empty value", command: "certswap status --dir ''" },
  { what: "a flag twice", command: "certswap status --dir tls --dir tls" },
  { what: "one argument too many", command: "certswap status tls" },
  { what: "no pair", command: "certswap swap --new-cert new.pem --new-key new.key" },
  { what: "half of a pair", command: "certswap swap --cert tls/cert.pem" },
  { what: "a directory and a file", command: "certswap swap --dir tls --cert tls/cert.pem" },
  {
    what: "a new certificate without its key",
    command: "certswap swap --dir tls --new-cert new.pem",
  },
  { what: "a stage without a new pair", command: "certswap stage --dir tls" },
  {
    what: "standard input for two files",
    command: "certswap swap --dir tls --new-cert - --new-key -",
  },
  { what: "one file as certificate and key", command: "certswap swap --cert a.key --key a.key" },
  {
    what: "an output without its format",
    command: "certswap swap --dir tls --output all.pem",
  },
  {
    what: "an output of a pair from the configuration",
    command: "certswap swap --name web --output all.pem:pem:key,chain",
  },
  {
    what: "a PKCS#12 output without a password",
    command: "certswap swap --dir tls --output web.p12:pkcs12:key,chain",
  },
  {
    what: "the combined file as the key",
    command: "certswap swap --cert tls/cert.pem --key tls/key.pem --combined tls/key.pem",
  },
  {
    what: "a name that certswap reserves",
    command: "certswap status --cert tls/.cert.pem.certswap.pending --key tls/key.pem",
  },
  { what: "a time without a unit", command: "certswap recover --dir tls --lock-timeout 10" },
  { what: "an invalid time", command: "certswap recover --dir tls --lock-timeout soon" },
  { what: "an invalid choice", command: "certswap recover --dir tls --keep both" },
  { what: "an invalid log format", command: "certswap rotate --log xml" },
  { what: "an invalid purpose", command: "certswap stage --dir tls --purpose webServer" },
  {
    what: "a metrics file of another name",
    command: "certswap status --config certswap.toml --metrics metrics.txt",
  },
  { what: "--check with --metrics", command: "certswap status --check --dir tls --metrics a.prom" },
  { what: "an unknown topic", command: "certswap help durable" },
  { what: "an unknown shell", command: "certswap completion tcsh" },
  { what: "a control character", command: "certswap status --dir \"$(printf 'a\\033[31mb')\"" },
  { what: "help of a command that does not exist", command: "certswap help swop" },
];
