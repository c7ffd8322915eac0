/** `certswap install`: its documentation, flags and permissions. */
import { UsageError } from "../errors.ts";
import {
  command,
  configFlag,
  directory,
  file,
  group,
  jsonFlag,
  toggle,
} from "../declaration/mod.ts";
import { changesPairs } from "./needs.ts";

const programFlag = {
  program: {
    ...file("The path of the installed certswap"),
    optional: false,
    default: "/usr/local/bin/certswap",
  },
} as const;

const caFlags = {
  ca: directory("Keep the CRL of the CA in this directory fresh, instead of renewing pairs"),
  passphraseFile: file(
    "With --ca: the file with the passphrase of the CA's key, if it is encrypted",
  ),
  metrics: file("With --ca: write metrics for node_exporter to this file (*.prom)"),
} as const;

const caText =
  "With --ca, writes another job instead: it runs 'certswap ca crl --if-due' once an hour, as the owner of " +
  "the CA's data directory. The job for the pairs is not changed.";

const caAgainText =
  "With --ca, run the command again after changing the publish hook or [serve] in ca.toml.";

const userFlag = {
  user: {
    kind: "parsed",
    parse: parseUserName,
    optional: true,
    placeholder: "NAME",
    brief: "Run as this user instead of root, for pairs in that user's own directories",
  },
} as const;

/** Reads a user name that can be part of a file name: cron ignores all but run-parts(8) names. */
function parseUserName(input: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_-]{0,31}$/.test(input)) return input;
  throw new UsageError(["a user name may have letters, digits, '_' and '-' only"]);
}

const userText =
  "With --user, certswap runs as that user instead of root, from separate files named after the user. Use " +
  "it if the service's own user owns the directory of the pair; pass that user's configuration with " +
  "--config.";

const printFlag = {
  print: toggle("Print what would be written, without writing anything"),
} as const;

const systemd = command({
  documentation: {
    usage: "[FLAGS]",
    brief: "Write systemd units that run certswap",
    description: [
      "Writes three units: a timer that runs 'certswap rotate' once an hour, at a minute specific to this " +
      "machine; the service that the timer starts, which can write only to the paths of the " +
      "configuration; and a service that runs 'certswap recover' at boot before the configured services " +
      "start. The services start even if recovery fails.",
      "Run it again after changing paths or services in the configuration. Units that are up to date are " +
      "left alone. A unit that was not written by certswap is never replaced.",
      "With --on-failure, systemd starts the given unit when certswap exits with an error, for example " +
      "to send mail. A later install keeps it, unless you give another unit or 'none'.",
      userText,
      caText,
      caAgainText,
      "If [serve] in ca.toml sets an address, --ca also writes a service that runs 'certswap ca serve'.",
    ],
    examples: [
      { input: "certswap install systemd --print", does: "Show the units" },
      { input: "certswap install systemd", does: "Write the units, and show what to run next" },
      {
        input:
          "certswap install systemd --user postgres \\\n    --config /etc/certswap/postgres.toml",
        does: "Renew the pairs of PostgreSQL as the user postgres",
      },
      { input: "certswap install systemd --ca /var/lib/ca", does: "Keep the CRL of a CA fresh" },
    ],
  },
  needs: changesPairs,
  onlyLooks: ({ print }) => print,
  parameters: {
    flags: {
      ...configFlag,
      ...caFlags,
      ...programFlag,
      ...userFlag,
      onFailure: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "UNIT",
        brief: "The unit to start if certswap fails (OnFailure=)",
      },
      to: {
        ...directory("The directory of the units"),
        optional: false,
        default: "/etc/systemd/system",
      },
      ...printFlag,
      ...jsonFlag,
    },
  },
  load: () => import("../commands/install/systemd.ts"),
});

const cron = command({
  documentation: {
    usage: "[FLAGS]",
    brief: "Write a crontab that runs certswap",
    description: [
      "Writes a crontab that runs 'certswap rotate' once an hour, at a minute specific to this machine, " +
      "and 'certswap recover' at boot. Cron cannot run recovery before other services start; on a " +
      "system with systemd, use 'certswap install systemd' instead.",
      "Cron mails what certswap prints. If the machine has no sendmail, the output goes to syslog through " +
      "logger(1) instead. --report selects one of the two.",
      userText,
      caText,
    ],
    examples: [
      { input: "certswap install cron --print", does: "Show the crontab" },
      { input: "certswap install cron", does: "Write /etc/cron.d/certswap" },
      { input: "certswap install cron --ca /var/lib/ca", does: "Keep the CRL of a CA fresh" },
    ],
  },
  needs: changesPairs,
  onlyLooks: ({ print }) => print,
  parameters: {
    flags: {
      ...configFlag,
      ...caFlags,
      ...programFlag,
      ...userFlag,
      report: {
        kind: "enum",
        values: ["mail", "syslog"],
        optional: true,
        brief: "Where output goes: cron's mail, or syslog through logger(1)",
      },
      to: { ...directory("The directory of the crontab"), optional: false, default: "/etc/cron.d" },
      ...printFlag,
      ...jsonFlag,
    },
  },
  load: () => import("../commands/install/cron.ts"),
});

/** `certswap install`. */
export const install = group({
  brief: "Run certswap from systemd or cron",
  description: [
    "Makes systemd or cron run 'certswap rotate' once an hour and 'certswap recover' at boot.",
  ],
  routes: { systemd, cron },
  sections: [{ title: "Commands", commands: ["systemd", "cron"] }],
  examples: [{ input: "certswap install systemd --print", does: "Show what would be written" }],
});
