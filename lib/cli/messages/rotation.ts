/** Texts for the errors of a rotation. */
import { formatTime, present, type ProgramEnd } from "../../system/mod.ts";
import type { IdentityChangedError } from "../../device/mod.ts";
import type * as issuer from "../../device/issuer/errors.ts";
import type * as rotation from "../../device/rotation/errors.ts";
import type * as service from "../../device/service/errors.ts";
import type { ProgramFailure } from "../../device/service/mod.ts";
import type { ErrorsOf, MessageTable, Text } from "./message.ts";

type Errors =
  | ErrorsOf<typeof issuer>
  | ErrorsOf<typeof rotation>
  | ErrorsOf<typeof service>;

/** Texts for what goes wrong in a rotation. Which pair it is about stands before them. */
export const rotationMessages: MessageTable<Errors> = {
  "issuer-failed": ({ failure }) => ({
    message: `the issuer ${describeFailure(failure)}`,
    details: errorOutputLines(failure),
    hint: "Nothing was changed. Try the command by hand: it gets the request on standard input, " +
      "and has to print the certificate chain (PEM); exit code 75 means: not yet.",
  }),
  "nothing-issued": ({ program }) => ({
    message: `the issuer ${program} exited with status 0 but printed no certificate`,
    hint: "Nothing was changed. An issuer that is not ready exits with code 75.",
  }),
  "answer-refused": ({ answer, cause }, describe) => {
    if (isIdentityChange(cause)) return describeDroppedNames(cause);
    const reason = describe(cause);
    return {
      code: "answer-refused",
      message: `what the issuer gave cannot be used: ${withoutPath(reason.message, answer)}`,
      ...present({ details: reason.details }),
      hint: "Nothing was changed. The issuer is asked again later, with the same request.",
    };
  },
  "same-certificate": () => "it is the certificate that is active already",
  "due-at-once": ({ due }) => ({
    message: `the new certificate is due for renewal already, since ${formatTime(due)}`,
    hint: "Does the issuer give certificates of which much is gone? " +
      "It is asked again, at growing intervals.",
  }),
  "state-blocked": ({ path }) => ({
    message: `${path} is no file that could keep what the service is owed`,
    hint: "Nothing was changed. Move what is there out of the way: it is none of certswap's.",
  }),
  "identity-unknown": ({ certificate }) => ({
    message: `nobody says whom a certificate is for: there is none at ${certificate}`,
    hint:
      'Write subject and names into the configuration: subject = "CN=...", names = ["DNS:..."].',
  }),
  "not-executable": ({ path }) => ({
    message: `${path} cannot be run`,
    hint: `Make it executable: chmod +x ${path}`,
  }),
  "hook-failed": ({ failure }) => ({
    message: `the hook ${describeFailure(failure)}`,
    details: errorOutputLines(failure),
    hint: "It is run again by every 'certswap rotate' until it succeeds.",
  }),
  "probe-failed": ({ host, port, served, cause }, describe) =>
    served === undefined
      ? `the service does not show the active certificate: ${describe(cause).message}`
      : {
        message: `the service at ${host}:${port} does not serve the active certificate`,
        details: [`it serves: SHA-256 ${served}`],
        hint: "Does the hook make it load the pair, and does it read these very files?",
      },
  "probe-stopped": ({ signal }) => ({
    message: `the probe was given up, because certswap was told to stop by ${signal}`,
    hint: "The next 'certswap rotate' looks whether the service shows the active certificate.",
  }),
  "pair-restored": ({ cause, hookError }, describe) => {
    const reason = describe(cause);
    const hook = hookError === undefined ? undefined : describe(hookError);
    return {
      code: "pair-restored",
      message:
        `the new pair was taken back, and the previous one is active again: ${reason.message}`,
      details: [
        ...reason.details ?? [],
        ...(hook === undefined ? [] : [hook.message, ...hook.details ?? []]),
      ],
      hint: "Look into the log of the service for why it does not take the new pair. " +
        "It is tried again later, with another one.",
    };
  },
};

/** By its code, not by its class: a file of the bundle that is loaded late has its own copy of that. */
function isIdentityChange(error: unknown): error is IdentityChangedError {
  return error instanceof Error && "code" in error && error.code === "identity-changed";
}

/** What was requested and is not in the certificate, and how issuers are made to copy it. */
function describeDroppedNames({ subject, missingNames }: IdentityChangedError): Text {
  const left = [
    ...(missingNames.length === 0 ? [] : ["left out names that were requested"]),
    ...(subject === undefined ? [] : ["changed the subject"]),
  ];
  return {
    code: "answer-refused",
    message: `the issuer ${left.join(" and ")}`,
    details: [
      ...missingNames.map((name) => `missing name: ${name}`),
      ...(subject === undefined ? [] : [
        `requested subject: ${subject.active === "" ? "(empty)" : subject.active}`,
        `issued subject:    ${subject.given === "" ? "(empty)" : subject.given}`,
      ]),
    ],
    hint: [
      ...(missingNames.length === 0 ? [] : [
        "Have the issuer copy them from the request: 'openssl x509 -req' does with " +
        "'-copy_extensions copy', 'openssl ca' with 'copy_extensions = copy' in its configuration.",
      ]),
      ...(subject === undefined ? [] : [
        subject.given === ""
          ? 'If the issuer always drops the subject, set subject = "" in the configuration.'
          : `If the issuer always sets it, set subject = "${subject.given}" in the configuration.`,
      ]),
      "Nothing was changed. The issuer is asked again later, with the same request.",
    ].join(" "),
  };
}

/** Words that are made for files, said of something that is in none. */
function withoutPath(message: string, path: string): string {
  return message.replace(`${path}: `, "").replace(`the certificate ${path}`, "the certificate")
    .replace(path, "it");
}

function describeFailure({ program, end }: ProgramFailure): string {
  return `${program} ${describeEnd(end)}`;
}

function describeEnd(end: ProgramEnd): string {
  switch (end.kind) {
    case "exit":
      return `failed with exit code ${end.code}`;
    case "signal":
      return `was killed by ${end.signal}`;
    case "time-limit":
      return "took longer than its time limit, and was ended";
    case "output-limit":
      return "printed more than a certificate chain can hold, and was ended";
    case "interrupted":
      return `was ended, because certswap was told to stop by ${end.signal}`;
  }
}

/** The last that it said, for a person to read. */
function errorOutputLines({ errorOutput }: ProgramFailure): string[] {
  return errorOutput.split("\n").map((line) => line.trimEnd()).filter((line) => line !== "")
    .slice(-10);
}
