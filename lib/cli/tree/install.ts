/** The commands that have the system run certswap. */
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
    ...file("Where certswap is, once it is installed"),
    optional: false,
    default: "/usr/local/bin/certswap",
  },
} as const;

const userFlag = {
  user: {
    kind: "parsed",
    parse: parseUserName,
    optional: true,
    placeholder: "NAME",
    brief: "Run as this user instead of root, for pairs in directories of its own",
  },
} as const;

/** A name that can be part of a file's name: cron passes over all but run-parts(8) names. */
function parseUserName(input: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_-]{0,31}$/.test(input)) return input;
  throw new UsageError(["a user's name has letters, digits, '_' and '-'"]);
}

const userText =
  "With --user, certswap runs as that user instead of root, with files of its own that carry " +
  "the name: for pairs whose directory belongs to the user of their service. Give a configuration of " +
  "its own with --config.";

const printFlag = { print: toggle("Print what would be written, and write nothing") } as const;

const systemd = command({
  documentation: {
    usage: "[FLAGS]",
    brief: "Write the units that have systemd run certswap",
    description: [
      "Writes a timer that runs 'certswap rotate' once an hour, at a minute that is this machine's own; " +
      "the service it starts, which can write where the configuration says and nowhere else; and a " +
      "service that runs 'certswap recover' before the services that the configuration names are " +
      "started, and does not keep them from it should it fail.",
      "Run it again after every change of paths or services in the configuration: what is as it should be " +
      "is left alone. A unit that certswap has not written is never replaced.",
      "With --on-failure, systemd starts that unit whenever certswap exits with an error: one that " +
      "sends a mail, for example. It is kept when you install again, until you name another or 'none'.",
      userText,
    ],
    examples: [
      { input: "certswap install systemd --print", does: "See the units first" },
      { input: "certswap install systemd", does: "Write them, and say what to run next" },
      {
        input:
          "certswap install systemd --user postgres \\\n    --config /etc/certswap/postgres.toml",
        does: "For the pairs of PostgreSQL, renewed as its own user",
      },
    ],
  },
  needs: changesPairs,
  onlyLooks: ({ print }) => print,
  parameters: {
    flags: {
      ...configFlag,
      ...programFlag,
      ...userFlag,
      onFailure: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "UNIT",
        brief: "Have systemd start this unit if certswap fails (OnFailure=)",
      },
      to: { ...directory("Where units go"), optional: false, default: "/etc/systemd/system" },
      ...printFlag,
      ...jsonFlag,
    },
  },
  load: () => import("../commands/install/systemd.ts"),
});

const cron = command({
  documentation: {
    usage: "[FLAGS]",
    brief: "Write the table that has cron run certswap",
    description: [
      "Writes a table that runs 'certswap rotate' once an hour, at a minute that is this machine's own, " +
      "and 'certswap recover' at boot. Cron cannot see to it that recovery comes before the services are " +
      "started: where there is systemd, 'certswap install systemd' does.",
      "Cron mails what certswap prints. Without a sendmail on the machine it would discard it: then the " +
      "table sends it to syslog with logger(1). --report chooses.",
      userText,
    ],
    examples: [
      { input: "certswap install cron --print", does: "See the table first" },
      { input: "certswap install cron", does: "Write /etc/cron.d/certswap" },
    ],
  },
  needs: changesPairs,
  onlyLooks: ({ print }) => print,
  parameters: {
    flags: {
      ...configFlag,
      ...programFlag,
      ...userFlag,
      report: {
        kind: "enum",
        values: ["mail", "syslog"],
        optional: true,
        brief: "Where what certswap prints goes: cron's mail, or logger(1)",
      },
      to: { ...directory("Where tables go"), optional: false, default: "/etc/cron.d" },
      ...printFlag,
      ...jsonFlag,
    },
  },
  load: () => import("../commands/install/cron.ts"),
});

/** `certswap install`. */
export const install = group({
  brief: "Have systemd or cron run certswap",
  description: [
    "Has the system run certswap by itself: 'certswap rotate' once an hour, and 'certswap recover' at boot.",
  ],
  routes: { systemd, cron },
  sections: [{ title: "Commands", commands: ["systemd", "cron"] }],
  examples: [{ input: "certswap install systemd --print", does: "See what would be written" }],
});
