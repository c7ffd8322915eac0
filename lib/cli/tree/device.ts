/** The commands of the device: a pair and its swap. */
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
  pairFlags,
  purposeFlag,
  toggle,
  trustFlag,
  waiverFlags,
} from "../declaration/mod.ts";
import { activatesPairs, changesPairs } from "./needs.ts";

const pairUsage = "(--name NAME | --dir DIR | --cert FILE --key FILE)";

const optionalPairUsage = "[--name NAME | --dir DIR | --cert FILE --key FILE]";

const newPairUsage = "(--new-cert FILE --new-key FILE | --new-pkcs12 FILE --password-file FILE)";

const pkcs12 =
  "With --new-pkcs12, the pair comes from a PKCS#12 file (.p12, .pfx) as OpenSSL, Java, GnuTLS, NSS and " +
  "Windows write it: the certificate of its one key, and the chain in order, without the root. The pair " +
  "on the device is PEM.";

const checks =
  "Checked before anything is written: both files are well-formed PEM; the key belongs to " +
  "the certificate; the certificate is a service's own, is in time, and has " +
  "the active one's names and purposes or more; every signature, date and constraint of its chain holds; " +
  "with --trust, the chain leads to one of those CAs.";

/** `certswap stage`. */
export const stage = /* @__PURE__ */ command({
  documentation: {
    usage: `${pairUsage} ${newPairUsage} [FLAGS]`,
    brief: "Check a new pair and put it beside the active one",
    description: [
      "Checks a new pair and puts it, complete and durable, beside the active one as the pending " +
      "pair. 'certswap swap' makes it the active one, at a time of your choice.",
      checks,
      pkcs12,
    ],
    examples: [
      {
        input:
          "certswap stage --dir /etc/myservice/tls \\\n    --new-cert new.pem --new-key new-key.pem",
        does: "Have the new pair ready for tonight",
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
    brief: "Make a new pair the active one, as one change",
    description: [
      "Swaps in the pending pair, or with --new-cert and --new-key a new one in one go. After a " +
      "crash at any moment, 'certswap recover' (or the next command) leaves the old pair or the new " +
      "one, never a mix. The first pair on a device goes in the same way.",
      checks,
      pkcs12,
      "The new files take owner, group, mode and access control list of those they replace; a first " +
      "key is 0600. " +
      "Make the service load them when certswap is done.",
    ],
    examples: [
      {
        input: "certswap swap --dir /etc/myservice/tls && systemctl reload myservice",
        does: "Swap in the pending pair",
      },
      {
        input: "certswap swap --cert /etc/haproxy/cert.pem --key /etc/haproxy/key.pem \\\n" +
          "    --combined /etc/haproxy/site.pem --new-cert new.pem --new-key new-key.pem",
        does: "Stage and swap in one go, for a service that reads one file",
      },
      {
        input: "certswap swap --dir /etc/myservice/tls \\\n" +
          "    --new-pkcs12 new.pfx --password-file new.pfx.password",
        does: "What many CAs deliver",
      },
    ],
  },
  parameters: {
    flags: {
      ...pairFlags,
      ...newPairFlags,
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
    brief: "Go back to the previous pair, where it was kept",
    description: [
      "Makes the previous pair, which 'certswap swap --keep-previous' has kept, the active one again. " +
      "It must be valid, but may be older than the active one and for other names or purposes.",
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
    brief: "Finish or undo what a crash left (for boot)",
    description: [
      "Does what every changing command does first: if a crash left a change half-way, it is " +
      "finished or undone, so that the active pair is the old one or the new one. Without a pair: every " +
      "pair of the configuration, and what stands in the way of one does not stop the others.",
      "Give the same paths as the command that was interrupted. Exits 4, touching nothing, where " +
      "files were changed by something else and a person has to choose with --keep.",
    ],
    examples: [
      {
        input: "certswap recover --dir /etc/myservice/tls",
        does: "At boot, before the service starts",
      },
      { input: "certswap recover", does: "Every pair of the configuration" },
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
      "Shows what there is, what a rotation has yet to do and what recovery would do. Without a pair: " +
      "every pair of the configuration, in a table. Takes no lock, changes no pair, and works on a " +
      "read-only file system.",
      "With --metrics, writes the metrics of every pair for node_exporter's textfile collector, in one " +
      "step: expiry, last success, attempts, failures, what is owed.",
      "With --check, prints one line for a monitoring system (Nagios, Icinga, Zabbix...), with the days " +
      "that are left as performance data, and exits with its codes: 0 OK, 1 WARNING, 2 CRITICAL, and " +
      "3 UNKNOWN for everything that prevents an answer. A pair whose renewal is overdue or failing, " +
      "or whose hook or probe is pending, is a WARNING; one that is missing, broken or expired, or in " +
      "the last quarter of the time for its renewal, is CRITICAL. A user who may read the certificate " +
      "only is told about that.",
      "Otherwise exits 1 if an active pair is missing, mismatched or expired.",
    ],
    examples: [
      { input: "certswap status", does: "Every pair of the configuration, for a person" },
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
      check: toggle("One line and the exit codes of a monitoring plugin"),
      ...metricsFlag,
      ...jsonFlag,
    },
  },
  // It writes nothing but metrics.
  needs: changesPairs,
  onlyLooks: ({ metrics }) => metrics === undefined,
  load: () => import("../commands/status.ts"),
});
