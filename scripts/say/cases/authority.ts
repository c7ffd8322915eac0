/** The CA with wrong words, wrong requests and damaged files. */
import type { Case } from "../case.ts";

const ca = (words: string): string => `certswap ca ${words} --data-dir ca`;

const rollover = `${ca("rollover start --next ca2 --subject CN=Next")} >/dev/null`;

/** What the commands of the CA say. */
export const authorityCases: readonly Case[] = [
  { what: "no CA", command: "certswap ca list" },
  { what: "a signature without a CA", command: "certswap ca sign a.csr --data-dir empty" },
  { what: "a CA that exists already", command: ca("init --subject CN=Another") },
  { what: "a new CA without a subject", command: "certswap ca init" },
  { what: "an invalid subject", command: "certswap ca init --subject My_Root" },
  { what: "a country of three letters", command: "certswap ca init --subject CN=a,C=USA" },
  { what: "an empty subject", command: "certswap ca init --subject ''" },
  {
    what: "an invalid kind of key",
    command: "certswap ca init --subject CN=a --key-algorithm dsa",
  },
  { what: "a validity of 0 days", command: "certswap ca init --subject CN=a --validity 0" },
  { what: "an invalid validity", command: "certswap ca init --subject CN=a --validity long" },
  {
    what: "a file instead of the data directory",
    command: "certswap ca init --subject CN=a --data-dir text.pem",
  },
  {
    what: "a data directory that is not writable",
    given: "chmod 555 empty",
    command: "certswap ca init --subject CN=a --data-dir empty",
  },
  { what: "no request", command: ca("sign") },
  { what: "a request that is missing", command: ca("sign nothing.csr") },
  { what: "a directory of requests as a request", command: ca("sign requests") },
  { what: "a certificate as request", command: ca("sign new.pem") },
  { what: "a text as request", command: ca("sign text.pem") },
  { what: "an empty file as request", command: ca("sign empty.pem") },
  {
    what: "a request with a wrong signature",
    given: "sed -i '5s/[a-m]/Z/' a.csr",
    command: ca("sign a.csr"),
  },
  { what: "a directory without requests", command: ca("sign --from empty") },
  { what: "a bad request among others", command: ca("sign d.csr text.pem") },
  { what: "a bad request among others, skipped", command: ca("sign d.csr text.pem --skip-bad") },
  { what: "a validity beyond the CA's own", command: ca("sign d.csr --validity 36500") },
  { what: "a request that was signed before", command: ca("sign a.csr") },
  { what: "a request that is signed", command: ca("sign d.csr") },
  { what: "a serial number that is unknown", command: ca("revoke 7f") },
  { what: "an invalid serial number", command: ca("revoke xyz") },
  { what: "a serial number of the CA itself", command: ca("revoke 01") },
  { what: "a certificate that is revoked already", command: ca("revoke 03") },
  {
    what: "a certificate whose predecessor is revoked",
    given: "cp a.csr again.csr; certswap ca sign again.csr --data-dir ca >/dev/null 2>&1",
    command: ca("revoke 02"),
  },
  { what: "an invalid reason", command: ca("revoke 02 --reason stolen") },
  { what: "a CRL that is valid for 0 hours", command: ca("crl --next-update 0") },
  { what: "a CRL", command: ca("crl") },
  { what: "a certificate of this CA", command: ca("verify ca/certs/02.pem") },
  { what: "a revoked certificate", command: ca("verify ca/certs/03.pem") },
  { what: "a certificate of another CA", command: ca("verify new.pem") },
  { what: "a key instead of a certificate to verify", command: ca("verify new.key") },
  { what: "a certificate that is missing", command: ca("verify nothing.pem") },
  { what: "an index that is not JSON", given: "echo hello >ca/index.json", command: ca("list") },
  {
    what: "an index with a wrong entry",
    given: "echo '[{}]' >ca/index.json",
    command: ca("sign d.csr"),
  },
  { what: "a counter that is no number", given: "echo zz >ca/serial", command: ca("sign d.csr") },
  { what: "a counter that is too low", given: "echo 02 >ca/serial", command: ca("sign d.csr") },
  { what: "a counter that is missing", given: "rm ca/serial", command: ca("sign d.csr") },
  { what: "a CA without its key", given: "rm ca/ca.key", command: ca("sign d.csr") },
  { what: "a CA without its certificate", given: "rm ca/ca.crt", command: ca("sign d.csr") },
  {
    what: "a CA with the key of another",
    given: "cp new.key ca/ca.key",
    command: ca("sign d.csr"),
  },
  { what: "a CA whose key everyone can read", given: "chmod 644 ca/ca.key", command: ca("check") },
  { what: "a certificate that is gone", given: "rm ca/certs/02.pem", command: ca("check") },
  {
    what: "a missing certificate, with --repair",
    given: "rm ca/certs/02.pem",
    command: ca("check --repair"),
  },
  {
    what: "a counter that is too low, with --repair",
    given: "echo 02 >ca/serial",
    command: ca("check --repair"),
  },
  { what: "a healthy CA", command: ca("check") },
  { what: "a CA without a CRL", given: "rm ca/ca.crl", command: ca("check") },
  {
    what: "an import of a CA without a CRL",
    command: "certswap ca import --key ca/ca.key --cert ca/ca.crt --data-dir imported",
  },
  { what: "a rollover", command: ca("rollover start --next ca2 --subject CN=Next") },
  { what: "the status of no rollover", command: ca("rollover status") },
  {
    what: "the status of a rollover",
    given: rollover,
    command: ca("rollover status"),
  },
  { what: "a switch to the next CA", given: rollover, command: ca("rollover switch") },
  {
    what: "the end of a rollover before its switch",
    given: rollover,
    command: ca("rollover finish"),
  },
  {
    what: "the end of a rollover before devices have renewed",
    given: `${rollover}\n${ca("rollover switch")} >/dev/null`,
    command: ca("rollover finish"),
  },
  {
    what: "a CA journal that is not a journal",
    given:
      "mkdir -m 700 -p ca/.certswap; echo hello >ca/.certswap/ca.journal; chmod 600 ca/.certswap/*",
    command: ca("sign d.csr"),
  },
  {
    what: "a request without names",
    command: "certswap ca request --out-key x.key --out-csr x.csr",
  },
  {
    what: "an invalid alternative name",
    command: "certswap ca request --subject CN=a --san a.example --out-key x.key --out-csr x.csr",
  },
  {
    what: "a request over a key that exists",
    command: "certswap ca request --subject CN=a --out-key new.key --out-csr x.csr",
  },
  {
    what: "a request in a directory that does not exist",
    command: "certswap ca request --subject CN=a --out-key no/x.key --out-csr x.csr",
  },
];
