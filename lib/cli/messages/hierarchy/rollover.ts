/** Texts for errors about the replacement of a CA by another one. */
import type * as errors from "../../../ca/rollover/errors.ts";
import type * as successionErrors from "../../../ca/succession/errors.ts";
import { formatTime } from "../../../system/mod.ts";
import { repeatFlags } from "../../given_flags.ts";
import { counted, someOf } from "../../text.ts";
import type { ErrorsOf, MessageTable, Text } from "../message.ts";

type Refused = errors.RolloverRefusedError;

/** A text for every error about a rollover. */
export const rolloverMessages:
  & MessageTable<ErrorsOf<typeof errors>>
  & MessageTable<ErrorsOf<typeof successionErrors>> = {
    "rollover-refused": refusal,
    "rollover-settings": ({ dataDirectory, next, reason, values }) => ({
      message: {
        "same-address":
          `${next}/ca.toml and ${dataDirectory}/ca.toml write the same address into ` +
          `certificates: ${someOf(values)}`,
        "same-database": `${next} and ${dataDirectory} would use the same database: ${
          someOf(values)
        }`,
        "profiles": `ca.toml of the CA in ${next} lacks these profiles: ${someOf(values)}`,
      }[reason],
      hint: {
        "same-address":
          `Change them in ${next}/ca.toml: each CA needs an address of its own for its CRL and OCSP.`,
        "same-database": `Name another database or schema in [postgres] of ${next}/ca.toml.`,
        "profiles": `Copy them from ${dataDirectory}/ca.toml to ${next}/ca.toml: scripts and ` +
          "devices ask for them by name.",
      }[reason],
    }),
    "cross-certificate-missing": ({ subject, issuer, file }) => ({
      message: `${
        file === undefined
          ? "a cross-certificate is needed"
          : `${file} contains no cross-certificate`
      } for ${subject} signed by ${issuer}`,
      hint:
        `Where the key of ${issuer} is, run 'certswap ca cross-certify' with the certificate of ` +
        `${subject}, and give the result with --cross FILE (several certificates may be in one file).`,
    }),
    "leaves-remain": ({ step, dataDirectory, count, accepted }) => ({
      message: `cannot ${step} the rollover: ${
        counted(count, "active certificate")
      } of ${dataDirectory} ${count === 1 ? "has" : "have"} not been replaced by the other CA${
        accepted === undefined ? "" : `, but --leave-behind says ${accepted}`
      }`,
      hint:
        (step === "finish"
          ? `'${
            rolloverCommand("status", dataDirectory)
          }' lists them. Wait until they are renewed, or ` +
            "accept that clients will "
          : "Renew them with this CA first, or accept that clients will ") +
        `stop trusting them: --leave-behind ${count}`,
    }),
    "rollover-forgotten": ({ reason, phase, since, notAfter, devices }) => ({
      message: reason === "long-phase"
        ? `the rollover has been in the phase ${phase} since ${since}`
        : `the old CA expires on ${formatTime(notAfter)}, and ${counted(devices, "device")} ` +
          `${devices === 1 ? "has" : "have"} no certificate of the next CA`,
      hint: "Complete the rollover: 'certswap ca rollover status' shows the next step.",
    }),
    "rollover-unfinished": ({ step, dataDirectory, cause }, describe) => ({
      message: `'ca rollover ${step}' of ${dataDirectory} is not complete: ${
        describe(cause).message
      }`,
      hint: "Run the same command again: it continues.",
    }),
    "bad-rollover-file": ({ path, reason }) =>
      reason === "other-version"
        ? {
          message: `${path} was written by a newer certswap`,
          hint: "Update certswap on this machine.",
        }
        : {
          message: `${path} is corrupt`,
          hint: "Restore it from a backup. Only 'certswap ca rollover' writes this file.",
        },
    "next-ca-unusable": ({ dataDirectory, next, reason, cause }, describe) => ({
      message: `cannot use the CA in ${next}, which replaces the one in ${dataDirectory}: ${
        {
          "unreadable": cause === undefined ? "it cannot be read" : describe(cause).message,
          "other-key": "the CA there has a different key from the recorded one",
          "loop": `its rollover.json says that ${dataDirectory} replaces it`,
        }[reason]
      }`,
      hint: reason === "unreadable"
        ? "Mount or restore this directory. If it is lost and has not issued yet: " +
          rolloverCommand("cancel --next-is-lost", dataDirectory)
        : `Put the right CA back in ${next}: rollover.json in ${dataDirectory} names it.`,
    }),
    "issuer-changed": ({ dataDirectory }) => ({
      message: `the CA that issues for ${dataDirectory} has changed several times just now`,
      hint: "Try again.",
    }),
  };

/** A command about the rollover of a CA. */
function rolloverCommand(words: string, dataDirectory: string): string {
  return repeatFlags(`certswap ca rollover ${words}`, { dataDir: dataDirectory });
}

function refusal({ step, dataDirectory, next, reason }: Refused): Text {
  const command = (words: string): string => rolloverCommand(words, dataDirectory);
  const place = next ?? "DIR";
  const texts: Readonly<Record<Refused["reason"], { message: string; hint: string }>> = {
    "none": {
      message: `no rollover of ${dataDirectory} is in progress`,
      hint: `Start one: ${command("start --next DIR")}`,
    },
    "not-switched": {
      message: `cannot finish the rollover of ${dataDirectory}: ${place} does not issue yet`,
      hint: `First run '${command("switch")}', and let devices renew. To give up instead: ${
        command("cancel")
      }`,
    },
    "already-switched": {
      message:
        `cannot ${step} the rollover of ${dataDirectory}: the CA in ${place} already issues instead`,
      hint: `To go back first: ${command("switch --back")}`,
    },
    "already-finished": {
      message: `the rollover of ${dataDirectory} is finished: ${place} has replaced it`,
      hint: `To replace that CA as well: ${rolloverCommand("start --next DIR", place)}`,
    },
    "other-next": {
      message: `the rollover of ${dataDirectory} is in progress with another CA, ${place}`,
      hint: `Continue with --next ${place}, or cancel it first: ${command("cancel")}`,
    },
    "same-directory": {
      message: `--next and --data-dir name the same directory, ${dataDirectory}`,
      hint: "Choose another directory for the next CA.",
    },
    "next-in-rollover": {
      message: `the CA in ${place} is itself being replaced, or was`,
      hint: "Choose a CA that is not.",
    },
    "subject-missing": {
      message: `there is no CA in ${place} yet`,
      hint: "Add --subject to create a root there: --subject 'CN=Example Root G2'",
    },
    "other-subject": {
      message: `there is already a CA in ${place}, with another subject than --subject`,
      hint: "Leave --subject out to use that CA, or choose another directory.",
    },
    "next-missing": {
      message: `there is no CA in ${place}, and ${dataDirectory} is an intermediate`,
      hint:
        `Create the next intermediate first: certswap ca init --data-dir ${place} --signed-by ROOT, or ` +
        "--request FILE if the root is elsewhere",
    },
    "same-name": {
      message: `the next CA would have the subject of ${dataDirectory}`,
      hint: "Choose another subject, such as 'CN=Example Root G2'.",
    },
    "same-key": {
      message: `the CA in ${place} has the key of ${dataDirectory}`,
      hint: "To renew a root with the same key, run 'certswap ca root renew' instead.",
    },
  };
  return texts[reason];
}
