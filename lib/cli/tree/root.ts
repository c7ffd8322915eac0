/** The root of the command tree. */
import { group } from "../declaration/command.ts";
import { ca } from "./ca.ts";
import { config } from "./config.ts";
import { completion, help } from "./help.ts";
import { install } from "./install.ts";
import { rotate } from "./rotate.ts";
import { recover, rollback, stage, status, swap } from "./device.ts";

/** `certswap`. */
export const root = group({
  brief: "Swap a certificate and its key as one",
  description: [
    "Swaps a device's certificate and private key as one: whatever happens meanwhile, be it a power " +
    "cut, a full disk or a kill, the device has the old pair or the new one.",
  ],
  routes: { rotate, stage, swap, rollback, recover, status, config, install, ca, help, completion },
  sections: [
    { title: "A device's pair", commands: ["stage", "swap", "rollback", "recover", "status"] },
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
    "Exit codes: 0 done or nothing to do; 1 failed, the state is what it was before; 2 the command " +
    "line or the configuration is wrong; 3 another certswap is at work; 4 a person is needed; " +
    "5 changed, but a hook or a probe is still owed.",
  ],
});
