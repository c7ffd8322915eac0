/** Swaps, stages and rollbacks with files that cannot be used. */
import type { Case } from "../case.ts";

/** Swaps in a pair. */
const swap = (cert: string, key: string, flags = ""): string =>
  `certswap swap --dir tls --new-cert ${cert} --new-key ${key} ${flags}`.trim();

/** None of them changes the active pair. */
export const changeCases: readonly Case[] = [
  { what: "a new certificate that is missing", command: swap("nothing.pem", "new.key") },
  { what: "a new key that is missing", command: swap("new.pem", "nothing.key") },
  { what: "a directory as new certificate", command: swap("tls", "new.key") },
  { what: "a directory as new key", command: swap("new.pem", "tls") },
  { what: "a FIFO", given: "mkfifo pipe", command: swap("pipe", "new.key") },
  {
    what: "a file without permission",
    given: "chmod 0 new.pem",
    command: swap("new.pem", "new.key"),
  },
  { what: "an empty file", command: swap("empty.pem", "new.key") },
  { what: "a text", command: swap("text.pem", "new.key") },
  { what: "PKCS#12", command: swap("pair.p12", "new.key") },
  { what: "DER", command: swap("new.der", "new.key") },
  { what: "a certificate that is cut off", command: swap("cut.pem", "new.key") },
  {
    what: "a certificate with a wrong character",
    given: "sed -i '3s/./*/' new.pem",
    command: swap("new.pem", "new.key"),
  },
  {
    what: "a certificate with a wrong byte",
    given: "sed -i '2s/^.../MII/;3s/^......../AAAAAAAA/' new.pem",
    command: swap("new.pem", "new.key"),
  },
  {
    what: "a file that is too large",
    given: "head -c 2000000 /dev/zero >new.pem",
    command: swap("new.pem", "new.key"),
  },
  { what: "a key instead of the certificate", command: swap("new.key", "new.key") },
  { what: "a certificate instead of the key", command: swap("new.pem", "new.pem") },
  { what: "certificate and key exchanged", command: swap("new.key", "new.pem") },
  { what: "a request instead of the certificate", command: swap("a.csr", "a.key") },
  { what: "an encrypted key", command: swap("new.pem", "encrypted.key") },
  { what: "the key of another pair", command: swap("new.pem", "other.key") },
  { what: "a key of another kind", command: swap("new.pem", "rsa.key") },
  { what: "two keys", given: "cat other.key >>new.key", command: swap("new.pem", "new.key") },
  { what: "an expired certificate", command: swap("expired.pem", "expired.key") },
  { what: "a certificate that is not yet valid", command: swap("future.pem", "future.key") },
  { what: "a certificate for another device", command: swap("other.pem", "other.key") },
  { what: "an older certificate", command: swap("older.pem", "older.key") },
  { what: "a certificate for clients only", command: swap("client.pem", "client.key") },
  { what: "control characters in a subject", command: swap("hostile.pem", "hostile.key") },
  { what: "a CA's certificate", command: swap("root.pem", "root.key") },
  {
    what: "another CA than the trusted one",
    command: swap("foreign.pem", "foreign.key", "--trust root.pem"),
  },
  {
    what: "a chain whose intermediate CA is missing",
    given: "sed -i '/END/q' below.pem",
    command: swap("below.pem", "below.key", "--trust root.pem"),
  },
  {
    what: "a chain whose intermediate CA has expired",
    command: swap("ended.pem", "ended.key", "--trust root.pem"),
  },
  {
    what: "two certificates that are no chain",
    command: swap("two.pem", "new.key", "--trust root.pem"),
  },
  { what: "trust anchors that are missing", command: swap("new.pem", "new.key", "--trust no.pem") },
  {
    what: "trust anchors that are a text",
    command: swap("new.pem", "new.key", "--trust text.pem"),
  },
  {
    what: "a directory that does not exist",
    command: "certswap swap --dir nowhere --new-cert new.pem --new-key new.key",
  },
  {
    what: "a file instead of the directory",
    command: "certswap swap --dir text.pem --new-cert new.pem --new-key new.key",
  },
  {
    what: "a directory that is not writable",
    given: "chmod 555 tls",
    command: swap("new.pem", "new.key"),
  },
  {
    what: "a directory instead of the active certificate",
    given: "rm tls/cert.pem; mkdir tls/cert.pem",
    command: swap("new.pem", "new.key"),
  },
  {
    what: "a link to nothing instead of the active key",
    given: "ln -sf nowhere tls/key.pem",
    command: swap("new.pem", "new.key"),
  },
  {
    what: "a link to itself instead of the active key",
    given: "ln -sf key.pem tls/key.pem",
    command: swap("new.pem", "new.key"),
  },
  {
    what: "an active certificate that cannot be read",
    given: "echo hello >tls/cert.pem",
    command: swap("new.pem", "new.key"),
  },
  {
    what: "an active key that is missing",
    given: "rm tls/key.pem",
    command: swap("new.pem", "new.key"),
  },
  {
    what: "a combined file next to an expired pair",
    command: "certswap swap --cert tls/cert.pem --key tls/key.pem --combined tls/all.pem " +
      "--new-cert expired.pem --new-key expired.key",
  },
  { what: "a swap without a pending pair", command: "certswap swap --dir tls" },
  { what: "a rollback without a previous pair", command: "certswap rollback --dir tls" },
  { what: "a swap with --dry-run", command: swap("new.pem", "new.key", "--dry-run") },
  { what: "a swap that succeeds", command: swap("new.pem", "new.key", "--trust root.pem") },
  {
    what: "a swap of the same pair again",
    given: swap("new.pem", "new.key"),
    command: swap("new.pem", "new.key"),
  },
];
