/** The commands of the mini CA. */
import {
  dataDirectoryFlag,
  keyAlgorithmFlag,
  nextUpdateFlag,
  subjectFlag,
  validityFlag,
} from "../declaration/ca_flags.ts";
import { command, group } from "../declaration/command.ts";
import {
  dryRunFlag,
  jsonFlag,
  lockTimeoutFlag,
  parsePath,
  path,
  requiredPath,
  toggle,
} from "../declaration/flags.ts";
import { changesCa, changesFiles, readsCa } from "../declaration/needs.ts";

const init = /* @__PURE__ */ command({
  documentation: {
    usage: "--subject DN [FLAGS]",
    brief: "Make a CA: a key, a root certificate, an empty index",
    description: [
      "Makes a CA in the data directory, which is made where it is missing. A CA that is there " +
      "already is never overwritten.",
      "The key is stored unencrypted, readable by its owner only.",
    ],
    examples: [
      {
        input: "certswap ca init --subject 'CN=My Root CA,O=My Org,C=US'",
        does: "A CA for ten years, in ./ca-data",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      ...subjectFlag,
      ...keyAlgorithmFlag,
      ...validityFlag("3650"),
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: changesCa,
  load: () => import("../commands/ca/init.ts"),
});

const sign = /* @__PURE__ */ command({
  documentation: {
    usage: "(CSR-FILE... | --from DIR) [FLAGS]",
    brief: "Sign requests",
    description: [
      "Checks every request (its key, its own signature, its names), then signs all of them as one " +
      "change: where one is bad, nothing is signed, unless --skip-bad is given.",
      "Subject and alternative names are copied; everything else is the CA's to say. A certificate " +
      "never outlives the CA's own.",
    ],
    examples: [
      { input: "certswap ca sign device.csr", does: "One certificate, for a year" },
      {
        input: "certswap ca sign --from requests --validity 90 --skip-bad",
        does: "All requests/*.csr that are good",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      ...validityFlag("365"),
      from: path("DIR", "Sign every *.csr in this directory"),
      skipBad: toggle("Leave out bad requests, with a warning"),
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
    positional: {
      kind: "array",
      parameter: { parse: parsePath, placeholder: "CSR-FILE", brief: "A request (PKCS #10, PEM)" },
    },
  },
  needs: changesCa,
  load: () => import("../commands/ca/sign.ts"),
});

const revoke = /* @__PURE__ */ command({
  documentation: {
    usage: "SERIAL [FLAGS]",
    brief: "Revoke a certificate, for ever",
    description: [
      "Marks a certificate as revoked. Others learn of it from the next CRL: run 'certswap ca crl' " +
      "afterwards.",
      "REASON is unspecified, keyCompromise, affiliationChanged, superseded or cessationOfOperation.",
    ],
    examples: [{ input: "certswap ca revoke 02 --reason keyCompromise", does: "A key was stolen" }],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      reason: {
        kind: "enum",
        values: [
          "unspecified",
          "keyCompromise",
          "affiliationChanged",
          "superseded",
          "cessationOfOperation",
        ],
        default: "unspecified",
        placeholder: "REASON",
        brief: "Why",
      },
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
    positional: {
      kind: "tuple",
      parameters: [
        { parse: String, placeholder: "SERIAL", brief: "Its serial number, in hexadecimal" },
      ],
    },
  },
  needs: changesCa,
  load: () => import("../commands/ca/revoke.ts"),
});

const crl = /* @__PURE__ */ command({
  documentation: {
    usage: "[FLAGS]",
    brief: "Make a CRL of everything that is revoked",
    description: ["Makes a certificate revocation list, with the next number, as ca.crl."],
    examples: [
      {
        input: "certswap ca crl --next-update 48",
        does: "From cron, once a day, with a day to spare",
      },
    ],
  },
  parameters: {
    flags: { ...dataDirectoryFlag, ...nextUpdateFlag, ...lockTimeoutFlag, ...jsonFlag },
  },
  needs: changesCa,
  load: () => import("../commands/ca/crl.ts"),
});

const list = /* @__PURE__ */ command({
  documentation: {
    usage: "[FLAGS]",
    brief: "List the certificates issued",
    description: ["Lists what the index holds. Reads only: takes no lock and writes nothing."],
    examples: [{ input: "certswap ca list", does: "Active, expired and revoked certificates" }],
  },
  parameters: { flags: { ...dataDirectoryFlag, ...jsonFlag } },
  needs: readsCa,
  load: () => import("../commands/ca/list.ts"),
});

const verify = /* @__PURE__ */ command({
  documentation: {
    usage: "CERT-FILE [FLAGS]",
    brief: "Verify that a certificate is this CA's, and good",
    description: [
      "Verifies signature, dates and, by the last CRL, revocation. Exits 1 where one is not as it " +
      "should be. Reads only.",
    ],
    examples: [{ input: "certswap ca verify device.pem", does: "Is it good now?" }],
  },
  parameters: {
    flags: { ...dataDirectoryFlag, ...jsonFlag },
    positional: {
      kind: "tuple",
      parameters: [
        { parse: parsePath, placeholder: "CERT-FILE", brief: "A certificate (PEM)" },
      ],
    },
  },
  needs: readsCa,
  load: () => import("../commands/ca/verify.ts"),
});

const request = /* @__PURE__ */ command({
  documentation: {
    usage: "--subject DN --out-key FILE --out-csr FILE [FLAGS]",
    brief: "Make a key and a request for it",
    description: [
      "Makes a new key (0600, not encrypted) and a request for it. Needs no CA, and overwrites nothing.",
    ],
    examples: [
      {
        input: "certswap ca request --subject 'CN=device.example' \\\n" +
          "    --san DNS:device.example,IP:192.0.2.1 \\\n" +
          "    --out-key device.key --out-csr device.csr",
        does: "On the device",
      },
    ],
  },
  parameters: {
    flags: {
      ...subjectFlag,
      outKey: requiredPath("FILE", "Where the key goes"),
      outCsr: requiredPath("FILE", "Where the request goes"),
      san: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "NAMES",
        brief: "Alternative names: DNS:NAME,IP:ADDRESS,URI:URI,email:ADDRESS",
      },
      ...keyAlgorithmFlag,
      ...jsonFlag,
    },
  },
  needs: changesFiles,
  load: () => import("../commands/ca/request.ts"),
});

const check = /* @__PURE__ */ command({
  documentation: {
    usage: "[--repair] [FLAGS]",
    brief: "Check the whole data directory",
    description: [
      "Reads everything and reports each promise that is broken: certificates and index against " +
      "each other, every signature, counters, the CRL against the index, modes. Exits 1 where there " +
      "is one. Reads only, unless --repair is given.",
      "--repair mends what can be mended without guessing, as one change: it believes certificates " +
      "and CRLs that this CA has signed, and raises counters above every number in use.",
    ],
    examples: [{ input: "certswap ca check", does: "After restoring a backup" }],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      repair: toggle("Mend what can be mended without guessing"),
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: changesCa,
  onlyLooks: ({ repair }) => !repair,
  load: () => import("../commands/ca/check.ts"),
});

const recover = command({
  documentation: {
    usage: "[--keep old|new] [FLAGS]",
    brief: "Finish or undo what a crash left",
    description: [
      "Does what every changing command does first, and nothing else. Exits 4, touching nothing, where " +
      "files were changed by something else and a person has to choose with --keep.",
    ],
    examples: [{ input: "certswap ca recover", does: "Before a backup, say" }],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      keep: {
        kind: "enum",
        values: ["old", "new"],
        optional: true,
        brief: "Settle what recovery cannot decide",
      },
      ...lockTimeoutFlag,
      ...dryRunFlag,
      ...jsonFlag,
    },
  },
  needs: changesCa,
  onlyLooks: ({ dryRun }) => dryRun,
  load: () => import("../commands/ca/recover.ts"),
});

/** `certswap ca`. */
export const ca = group({
  brief: "A small certificate authority in a directory",
  description: [
    "A certificate authority for a small fleet: a root that signs requests, revokes certificates " +
    "and makes CRLs. It lives in one directory, and every change of it is made in full or not at all.",
  ],
  routes: { init, request, sign, list, verify, revoke, crl, check, recover },
  sections: [
    { title: "Certificates", commands: ["request", "sign", "list", "verify", "revoke", "crl"] },
    { title: "The CA", commands: ["init", "check", "recover"] },
  ],
  examples: [
    { input: "certswap ca init --subject 'CN=My Root CA'", does: "Make a CA in ./ca-data" },
    { input: "certswap ca sign device.csr", does: "Sign a request" },
  ],
});
