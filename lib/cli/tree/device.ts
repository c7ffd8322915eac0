/** The commands for a pair: stage, swap, rollback, recover, status. */
import {
  acceptMissingFlag,
  command,
  dryRunFlag,
  jsonFlag,
  keepFlag,
  keepPreviousFlag,
  lockTimeoutFlag,
  metricsFlag,
  newPairFlags,
  outputFlags,
  pairFlags,
  purposeFlag,
  toggle,
  trustFlag,
  waiverFlags,
} from "../declaration/mod.ts";
import { activatesPairs, changesPairs, looksAroundPairs } from "./needs.ts";

const pairUsage = "(--name NAME | --dir DIR | --cert FILE --key FILE | --combined FILE)";

const optionalPairUsage = "[--name NAME | --dir DIR | --cert FILE --key FILE | --combined FILE]";

const newPairUsage = "--new-cert FILE --new-key FILE | --new-pkcs12 FILE --password-file FILE";

const pkcs12 =
  "With --new-pkcs12, the new pair comes from a PKCS#12 file (.p12, .pfx) that contains one private key. " +
  "certswap finds the certificate of this key and puts the chain in order, without the root. It stores " +
  "the pair as PEM.";

const checks =
  "Before anything is written, certswap checks that certificate and key are well-formed and match, that " +
  "the certificate is a leaf certificate, is valid now and has at least the names and purposes of the " +
  "active one, and that every signature, date and constraint of its chain is valid. " +
  "With --trust, the chain must lead to one of those CAs. A file that is neither a certificate nor a key " +
  "is never overwritten.";

/** `certswap stage`. */
export const stage = /* @__PURE__ */ command({
  documentation: {
    usage: `${pairUsage} (${newPairUsage}) [FLAGS]`,
    brief: "Check a new pair and store it next to the active one",
    description: [
      "Checks a new pair and stores it next to the active one as the pending pair. 'certswap swap' " +
      "activates it later.",
      checks,
      pkcs12,
    ],
    examples: [
      {
        input:
          "certswap stage --dir /etc/myservice/tls \\\n    --new-cert new.pem --new-key new-key.pem",
        does: "Store a new pair now, for a swap tonight",
      },
    ],
  },
  parameters: {
    flags: {
      ...pairFlags,
      ...newPairFlags,
      ...trustFlag,
      ...purposeFlag,
      ...waiverFlags,
      ...acceptMissingFlag,
      ...lockTimeoutFlag,
      ...dryRunFlag,
      ...jsonFlag,
    },
  },
  needs: changesPairs,
  onlyLooks: ({ dryRun }) => dryRun,
  load: () => import("../commands/stage.ts"),
});

/** `certswap swap`. */
export const swap = /* @__PURE__ */ command({
  documentation: {
    usage: `${pairUsage} [${newPairUsage}] [FLAGS]`,
    brief: "Activate a new pair, as a single change",
    description: [
      "Activates the pending pair, or the new pair that you give. After a crash at any " +
      "moment, 'certswap recover' (or the next command) leaves the old pair or the new one, never a mix. " +
      "The first pair of a device is installed in the same way.",
      checks,
      pkcs12,
      "The new files keep the owner, group, mode and access control list of the files that they replace. " +
      "If there was no key before, the new key has mode 0600. Reload the service afterwards.",
      "With --output, the same change also writes further files made from the pair, for services that read " +
      "it in another form. CONTENTS are parts of the pair in the order given: key, certificate, " +
      "intermediates, chain (the certificate and its intermediates), trust (the CA certificates of " +
      "--trust). A DER file holds one key or one certificate; PKCS#12 is encrypted with the first line of " +
      "--output-password-file. For a pair from the configuration, set the outputs there.",
    ],
    examples: [
      {
        input: "certswap swap --dir /etc/myservice/tls && systemctl reload myservice",
        does: "Activate the pending pair, then reload the service",
      },
      {
        input: "certswap swap --cert /etc/haproxy/cert.pem --key /etc/haproxy/key.pem \\\n" +
          "    --combined /etc/haproxy/site.pem --new-cert new.pem --new-key new-key.pem",
        does: "Swap a new pair, for a service that reads one combined file",
      },
      {
        input: "certswap swap --combined /etc/haproxy/certs/site.pem \\\n" +
          "    --new-cert new.pem --new-key new-key.pem",
        does: "The same, if the combined file is the only one",
      },
      {
        input: "certswap swap --dir /etc/myservice/tls \\\n" +
          "    --output /etc/myservice/chain.pem:pem:intermediates \\\n" +
          "    --output /etc/tomcat/web.p12:pkcs12:key,chain \\\n" +
          "    --output-password-file /etc/tomcat/web.password",
        does: "Swap in the pending pair, and write the same pair for two more services",
      },
      {
        input: "certswap swap --dir /etc/myservice/tls \\\n" +
          "    --new-pkcs12 new.pfx --password-file new.pfx.password",
        does: "Swap in a pair from a PKCS#12 file",
      },
    ],
  },
  parameters: {
    flags: {
      ...pairFlags,
      ...newPairFlags,
      ...outputFlags,
      ...trustFlag,
      ...purposeFlag,
      ...keepPreviousFlag,
      ...waiverFlags,
      ...acceptMissingFlag,
      ...lockTimeoutFlag,
      ...dryRunFlag,
      ...jsonFlag,
    },
  },
  needs: activatesPairs,
  onlyLooks: ({ dryRun }) => dryRun,
  load: () => import("../commands/swap.ts"),
});

/** `certswap rollback`. */
export const rollback = /* @__PURE__ */ command({
  documentation: {
    usage: `${pairUsage} [FLAGS]`,
    brief: "Go back to the previous pair",
    description: [
      "Activates the previous pair again, if one was kept with 'certswap swap --keep-previous' or with " +
      "keep_previous in the configuration. It must be valid, but may be older than the active one and " +
      "have other names or purposes. Reload the service afterwards.",
    ],
    examples: [
      { input: "certswap rollback --dir /etc/myservice/tls", does: "Undo the last swap" },
    ],
  },
  parameters: {
    flags: {
      ...pairFlags,
      ...trustFlag,
      ...keepPreviousFlag,
      ...acceptMissingFlag,
      ...lockTimeoutFlag,
      ...dryRunFlag,
      ...jsonFlag,
    },
  },
  needs: activatesPairs,
  onlyLooks: ({ dryRun }) => dryRun,
  load: () => import("../commands/rollback.ts"),
});

/** `certswap recover`. */
export const recover = /* @__PURE__ */ command({
  documentation: {
    usage: `${optionalPairUsage} [FLAGS]`,
    brief: "Finish or undo an interrupted change (run at boot)",
    description: [
      "If a crash interrupted a change, finishes or undoes it: the active pair is then the old one or the " +
      "new one. Every other command that changes a pair does the same first. If you name no pair (with " +
      "--name, --dir, --cert or --combined), recovers every pair of the configuration; a pair that cannot " +
      "be recovered does not stop the others.",
      "Give the same paths as for the interrupted command. If another program has changed the files, " +
      "recover changes nothing and exits with 4. Then choose the version to keep with --keep.",
    ],
    examples: [
      {
        input: "certswap recover --dir /etc/myservice/tls",
        does: "At boot, before the service starts",
      },
      { input: "certswap recover", does: "Recover every pair of the configuration" },
    ],
  },
  parameters: {
    flags: {
      ...pairFlags,
      ...keepFlag,
      ...acceptMissingFlag,
      ...lockTimeoutFlag,
      ...dryRunFlag,
      ...jsonFlag,
    },
  },
  needs: changesPairs,
  onlyLooks: ({ dryRun }) => dryRun,
  load: () => import("../commands/recover.ts"),
});

/** `certswap status`. */
export const status = /* @__PURE__ */ command({
  documentation: {
    usage: `${optionalPairUsage} [--check | --metrics FILE] [--json]`,
    brief: "Show the active, pending and previous pair",
    description: [
      "Shows each pair, any pending hook or probe, and what recovery would do. If you name no pair (with " +
      "--name, --dir, --cert or --combined), shows every pair of the configuration in a table. Takes no " +
      "lock, changes no pair, and works on a read-only file system. Exits with 1 if an active pair is " +
      "missing, mismatched, expired or not yet valid.",
      "With --metrics, writes the metrics of every pair (expiry, last success, attempts, failures, " +
      "pending hooks and probes) for node_exporter's textfile collector, as a single change.",
      "With --check, prints one line for a monitoring system (Nagios, Icinga, Zabbix...), with the " +
      "remaining seconds as performance data, and exits with 0 (OK), 1 (WARNING), 2 (CRITICAL) or 3 " +
      "(UNKNOWN: the state cannot be determined). A pair whose renewal is overdue or failing, whose " +
      "hook or probe is pending, or whose next change cannot be written (the file system is full or " +
      "read-only), is a WARNING. A pair that is missing, broken or expired, or in the last quarter of " +
      "its renewal window, is CRITICAL.",
      "Users who may not read the key or the state see only what the certificate itself contains.",
    ],
    examples: [
      { input: "certswap status", does: "Show every pair of the configuration" },
      {
        input:
          "certswap status --dir /etc/myservice/tls --json \\\n    | jq .active.certificate.daysLeft",
        does: "For a script",
      },
      {
        input: "certswap status --metrics /var/lib/node_exporter/certswap.prom",
        does: "For Prometheus",
      },
      {
        input: "certswap status --check",
        does: "For Nagios, Icinga or any other monitoring system",
      },
    ],
  },
  parameters: {
    flags: {
      ...pairFlags,
      check: toggle("Print one line, with the exit codes of a monitoring plugin"),
      ...metricsFlag,
      ...jsonFlag,
    },
  },
  // It writes only metrics, and starts only stat(1), or cat(1), before it reads a pair.
  needs: activatesPairs,
  onlyLooks: ({ metrics }) => metrics === undefined,
  looksWith: looksAroundPairs,
  load: () => import("../commands/status.ts"),
});
