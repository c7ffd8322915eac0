/** The root of the command tree. To add a command: a file in this folder, and a row in `root` below. */
import { group } from "../declaration/mod.ts";
import { exitCodeTable } from "../exit_code.ts";
import { ca } from "./ca/mod.ts";
import { config } from "./config.ts";
import { exportPair } from "./export.ts";
import { completion, help } from "./help.ts";
import { install } from "./install.ts";
import { rotate } from "./rotate.ts";
import { recover, rollback, stage, status, swap } from "./device.ts";

/**
 * `certswap`.
 *
 * To add a command: declare it in a file of this folder (documentation, flags, permissions, what loads its
 * work), name it in the `routes` and in a section of its group, and put its work into `lib/cli/commands/`.
 * Its permissions are its `needs`, which are in `needs.ts` beside this file. Then run `deno task man`: help
 * and completion follow by themselves.
 */
export const root = group({
  brief: "Swap a certificate and its key as one",
  description: [
    "Swaps a device's certificate and private key as one: whatever happens meanwhile, be it a power " +
    "cut, a full disk or a kill, the device has the old pair or the new one.",
  ],
  routes: {
    rotate,
    stage,
    swap,
    rollback,
    recover,
    status,
    export: exportPair,
    config,
    install,
    ca,
    help,
    completion,
  },
  sections: [
    {
      title: "A device's pair",
      commands: ["stage", "swap", "rollback", "recover", "status", "export"],
    },
    { title: "What is configured", commands: ["rotate", "config", "install"] },
    { title: "Certificates for a small fleet", commands: ["ca"] },
    { title: "certswap itself", commands: ["help", "completion"] },
  ],
  examples: [
    {
      input:
        "certswap swap --dir /etc/myservice/tls \\\n    --new-cert new.pem --new-key new-key.pem",
      does: "Replace /etc/myservice/tls/cert.pem and key.pem, as one",
    },
    {
      input: "certswap recover --dir /etc/myservice/tls",
      does: "At boot: finish or undo what a crash left",
    },
    { input: "certswap status --dir /etc/myservice/tls", does: "See what is active" },
  ],
  notes: [
    `Exit codes: ${exitCodeTable().map(({ code, meaning }) => `${code} ${meaning}`).join("; ")}.`,
    "With --json, every command prints one JSON object; so do --version and --help.",
  ],
});
