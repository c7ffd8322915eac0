/** The root of the command tree. To add a command: a file in this folder, and a row in `root` below. */
import { group } from "../declaration/mod.ts";
import { exitCodeTable } from "../exit_code.ts";
import { ca } from "./ca/mod.ts";
import { config } from "./config.ts";
import { enroll } from "./enroll.ts";
import { exportPair } from "./export.ts";
import { complete, completion, help } from "./help.ts";
import { install } from "./install.ts";
import { rotate } from "./rotate.ts";
import { trust } from "./trust.ts";
import { recover, rollback, stage, status, swap } from "./device.ts";

/**
 * `certswap`.
 *
 * To add a command: declare it in a file of this folder (documentation, flags, permissions, the module to
 * load), name it in the `routes` and in a section of its group, and put its code into `lib/cli/commands/`.
 * Help, completion and manual pages list only commands in a section. The permissions of a command are its
 * `needs`, see `needs.ts`. Then run `deno task man`; help and completion are made from the tree.
 */
export const root = group({
  brief: "Replace a certificate and its private key as a single change",
  description: [
    "Replaces a device's certificate and private key as a single change. After a power cut, a full disk " +
    "or a kill, the device has the old pair or the new one, never a mix. Renews certificates from cron " +
    "or systemd, and includes a small certificate authority.",
  ],
  routes: {
    ...{
      enroll,
      rotate,
      stage,
      swap,
      rollback,
      recover,
      status,
      export: exportPair,
      trust,
      config,
      install,
      ca,
      help,
      completion,
    },
    complete,
  },
  sections: [
    {
      title: "A device's pair",
      commands: ["stage", "swap", "rollback", "recover", "status", "export"],
    },
    { title: "Renewal", commands: ["enroll", "rotate", "trust", "config", "install"] },
    { title: "A certificate authority", commands: ["ca"] },
    { title: "certswap itself", commands: ["help", "completion"] },
  ],
  examples: [
    {
      input:
        "certswap swap --dir /etc/myservice/tls \\\n    --new-cert new.pem --new-key new-key.pem",
      does: "Replace cert.pem and key.pem in /etc/myservice/tls",
    },
    {
      input: "certswap recover --dir /etc/myservice/tls",
      does: "Finish or undo an interrupted change, at boot",
    },
    { input: "certswap status --dir /etc/myservice/tls", does: "Show the active certificate" },
  ],
  notes: [
    `Exit codes: ${exitCodeTable().map(({ code, meaning }) => `${code} ${meaning}`).join("; ")}.`,
    "With --json, every command prints one JSON object; so do --version and --help.",
  ],
});
