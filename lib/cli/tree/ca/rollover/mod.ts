/** `certswap ca rollover`: its commands, their documentation, flags and permissions. */
import {
  caLockTimeoutFlag,
  command,
  dataDirectoryFlag,
  group,
  inputFile,
  jsonFlag,
  optionalKeyAlgorithmFlag,
  optionalStoreFlag,
  parseWhole,
  passphraseFlags,
  requiredDirectory,
  toggle,
  validityFlag,
} from "../../../declaration/mod.ts";
import { changesCa, readsCa, signsWithCa } from "../../needs.ts";

const leaveBehindFlag = {
  leaveBehind: {
    kind: "parsed",
    parse: (input: string): number =>
      parseWhole(input, { least: 1, most: 999_999_999, unit: "certificates" }),
    optional: true,
    placeholder: "NUMBER",
    brief:
      "Accept that this many active certificates have not been replaced; it must be the exact number",
  },
} as const;

const start = /* @__PURE__ */ command({
  documentation: {
    usage: "--next DIR [--subject DN] [--cross FILE] [FLAGS]",
    brief: "Start to replace this CA: clients get the certificates of both CAs",
    description: [
      "DIR is the data directory of the next CA. If there is no CA in it, and this CA is a root, a new " +
      "root is created there: --subject, --key-algorithm, --validity and --store are for it. If " +
      "the key of this CA is encrypted, the new one is encrypted with the same passphrase.",
      "The two roots certify each other, and the certificates of both are added to the bundles of both. " +
      "This CA continues to issue. If this is interrupted, run the same command again.",
      "To replace an intermediate, create the next one first ('ca init --signed-by', or --request and " +
      "'ca activate'). If it has another root, and the keys of the roots are on other machines, run 'ca " +
      "cross-certify' there for both roots, and give the two certificates with --cross. To replace an " +
      "offline root, run this where its key is.",
      "'ca rollover cancel' undoes it.",
    ],
    examples: [
      {
        input:
          "certswap ca rollover start --data-dir root --next root-g2 --subject 'CN=Example Root G2'",
        does: "Create a new root, and let clients trust it",
      },
      {
        input: "certswap ca rollover start --data-dir fleet --next fleet-2",
        does: "Replace an intermediate with another one of the same root",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      next: requiredDirectory("The data directory of the next CA"),
      subject: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "DN",
        brief: "The subject of a root that does not exist yet, in RFC 4514 form",
      },
      ...optionalKeyAlgorithmFlag,
      ...validityFlag("3650"),
      ...optionalStoreFlag,
      cross: inputFile("Cross-certificates of both roots, if their keys are elsewhere (PEM)"),
      force: toggle("Continue even if the clock shows a time before this certswap was built"),
      ...passphraseFlags,
      ...caLockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: signsWithCa,
  load: () => import("../../../commands/ca/rollover/start.ts"),
});

const status = /* @__PURE__ */ command({
  documentation: {
    usage: "[FLAGS]",
    brief: "Show how far the rollover of this CA is, and what comes next",
    description: [
      "Shows the phase, how many active certificates each CA has, how many devices have a certificate of " +
      "the next CA, and which have none. Devices are compared by subject and alternative names.",
      "Also shows how many devices have fetched the certificates of both CAs since the start. The EST " +
      "server counts devices that present their certificate when they ask for /cacerts. Takes no lock.",
    ],
    examples: [{ input: "certswap ca rollover status --data-dir root", does: "Before each step" }],
  },
  parameters: { flags: { ...dataDirectoryFlag, ...jsonFlag } },
  needs: readsCa,
  load: () => import("../../../commands/ca/rollover/status.ts"),
});

const switchCommand = /* @__PURE__ */ command({
  documentation: {
    usage: "[--back] [FLAGS]",
    brief: "Let the next CA issue instead of this one",
    description: [
      "From now on, everything that would issue from this data directory issues from that of the next " +
      "CA: 'ca sign', EST, local issuers of 'certswap rotate', and 'ca init --signed-by'. One-time " +
      "secrets and waiting requests move to it. ca.toml of the next CA applies.",
      "This CA still revokes what it has issued, and keeps its CRL and OCSP up to date.",
      "--back lets this CA issue again. Certificates of the next CA stay valid.",
    ],
    examples: [
      {
        input: "certswap ca rollover switch --data-dir root",
        does: "When devices trust both roots",
      },
      { input: "certswap ca rollover switch --back --data-dir root", does: "Undo it" },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      back: toggle("Let this CA issue again"),
      ...passphraseFlags,
      ...caLockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: signsWithCa,
  load: () => import("../../../commands/ca/rollover/switch.ts"),
});

const finish = /* @__PURE__ */ command({
  documentation: {
    usage: "[--leave-behind NUMBER] [FLAGS]",
    brief: "Finish the rollover: clients get only the certificates of the next CA",
    description: [
      "Removes the certificates of this CA, and the cross-certificates, from the bundle of the next CA. " +
      "Devices with a trust bundle remove the old root a week later. This cannot be undone.",
      "Refused while devices have an active certificate of this CA and none of the next CA, unless " +
      "--leave-behind gives the exact number of these certificates.",
      "Keep issuing the CRL of this CA ('ca crl --if-due', or 'ca serve') until its last certificate has " +
      "expired: 'ca rollover status' shows when.",
    ],
    examples: [{
      input: "certswap ca rollover finish --data-dir root",
      does: "When all have moved",
    }],
  },
  parameters: {
    flags: { ...dataDirectoryFlag, ...leaveBehindFlag, ...caLockTimeoutFlag, ...jsonFlag },
  },
  needs: changesCa,
  load: () => import("../../../commands/ca/rollover/finish.ts"),
});

const cancel = /* @__PURE__ */ command({
  documentation: {
    usage: "[--leave-behind NUMBER] [FLAGS]",
    brief: "Cancel a rollover before the switch",
    description: [
      "Removes from both bundles what 'ca rollover start' has added, and revokes the cross-certificates. " +
      "The next CA stays in its directory.",
      "Refused while the next CA has active certificates that this CA has not replaced, unless " +
      "--leave-behind gives their exact number.",
    ],
    examples: [{ input: "certswap ca rollover cancel --data-dir root", does: "Undo the start" }],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      ...leaveBehindFlag,
      nextIsLost: toggle("The next CA no longer exists: change only this CA"),
      ...caLockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: changesCa,
  load: () => import("../../../commands/ca/rollover/cancel.ts"),
});

/** `certswap ca rollover`. */
export const rollover = group({
  brief: "Replace a CA with one that has another key, step by step",
  description: [
    "Replaces a root or an intermediate with another CA, in steps: start, switch, finish. Clients and " +
    "services never have to change at the same moment. Until finish, each step can be undone.",
    "If the key of the old CA may have leaked, do not use this: create a new CA, and give its certificate " +
    "to every client in a way that you trust.",
  ],
  routes: { start, status, switch: switchCommand, finish, cancel },
  sections: [{ title: "Commands", commands: ["start", "status", "switch", "finish", "cancel"] }],
  examples: [
    {
      input:
        "certswap ca rollover start --data-dir root --next root-g2 --subject 'CN=Example Root G2'",
      does: "The first step",
    },
    { input: "certswap ca rollover status --data-dir root", does: "What comes next" },
  ],
});
