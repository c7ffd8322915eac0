/** Texts for the errors of a rotation. */
import { formatTime, present } from "../../system/mod.ts";
import type { IdentityChangedError } from "../../device/mod.ts";
import type * as issuer from "../../device/issuer/errors.ts";
import type * as rotation from "../../device/rotation/errors.ts";
import type * as service from "../../device/service/errors.ts";
import { formatDuration } from "../../device/mod.ts";
import { isOfSharedHook, type ProgramFailure } from "../../device/service/mod.ts";
import { hookFailedText } from "./hook.ts";
import type { ErrorsOf, MessageTable, Text } from "./message.ts";
import { probeFailedText } from "./probe.ts";

type Errors =
  | ErrorsOf<typeof issuer>
  | ErrorsOf<typeof rotation>
  | ErrorsOf<typeof service>;

/** Texts for what goes wrong in a rotation. Which pair it is about stands before them. */
export const rotationMessages: MessageTable<Errors> = {
  "issuer-failed": ({ failure, timeLimit, unreadRetryAfter }) => ({
    message: failure.end.kind === "time-limit" && timeLimit !== undefined
      ? `the issuer ${failure.program} did not end within its time limit, ${
        formatDuration(timeLimit)
      }, and was killed`
      : `the issuer ${failure.program} ${describeEnd(failure)}`,
    details: [
      ...outputLines(failure),
      ...(unreadRetryAfter === undefined ? [] : [retryAfterText(unreadRetryAfter)]),
    ],
    hint: failure.end.kind === "time-limit"
      ? "Nothing was changed. If it needs longer, set 'time_limit' of the issuer."
      : "Nothing was changed. Try the command by hand: it gets the request on standard input, " +
        "and has to print the certificate chain (PEM); exit code 75 means: not yet.",
  }),
  "retry-after-unread": ({ written }) => ({
    message: retryAfterText(written),
    hint: "Have the issuer print whole seconds, for example 'Retry-After: 3600'.",
  }),
  "issuer-not-ready": () => "the issuer is not ready yet",
  "nothing-issued": ({ program }) => ({
    message: `the issuer ${program} exited with status 0 but printed no certificate`,
    hint: "Nothing was changed. An issuer that is not ready exits with code 75.",
  }),
  "answer-refused": ({ answer, cause }, describe) => {
    if (isIdentityChange(cause)) return describeDroppedNames(cause);
    if (isKeyMismatch(cause)) return otherKey;
    const reason = describe(cause);
    return {
      code: "answer-refused",
      message: `what the issuer gave cannot be used: ${withoutPath(reason.message, answer)}`,
      ...present({ details: reason.details }),
      hint: "Nothing was changed. The next attempt asks with the same request.",
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
  "state-not-written": ({ path, cause }, describe) => ({
    message: `cannot write the state of the pair, ${path}: ${describe(cause).message}`,
    hint: ["Until certswap can write there, it cannot renew the pair.", describe(cause).hint]
      .join(" ").trimEnd(),
  }),
  "identity-unknown": ({ certificate }) => ({
    message: `nobody says whom a certificate is for: there is none at ${certificate}`,
    hint:
      'Write subject and names into the configuration: subject = "CN=...", names = ["DNS:..."].',
  }),
  "not-executable": ({ path }) => ({
    message: `${path} is not executable`,
    hint: `Run: chmod +x ${path}`,
  }),
  "hook-failed": (error, describe) => hookFailedText(error, { describe, describeEnd, outputLines }),
  "probe-failed": (error, describe) =>
    probeFailedText(error, { describe, describeEnd, outputLines }),
  "probe-blind": ({ isAsBefore, isRestored, cause }, describe) => {
    const reason = describe(cause);
    const pair = isRestored ? "the restored pair" : "the new pair";
    return {
      code: "probe-blind",
      message: `cannot tell whether the service uses ${pair}: ${reason.message}`,
      details: [
        ...reason.details ?? [],
        ...(isAsBefore
          ? [`The probe saw no more before the change, so ${pair} stays active.`]
          : []),
      ],
      ...present({ hint: reason.hint }),
    };
  },
  "probe-stopped": ({ signal }) => ({
    message: `the probe was given up, because certswap was told to stop by ${signal}`,
    hint: "The next 'certswap rotate' looks whether the service shows the active certificate.",
  }),
  "pair-restored": ({ cause, hookError }, describe) => {
    const reason = describe(cause);
    // That of a shared hook is told once, for all of its pairs.
    const isToldHere = hookError !== undefined && !isOfSharedHook(hookError);
    const hook = isToldHere ? describe(hookError) : undefined;
    return {
      code: "pair-restored",
      message:
        `the new pair was taken back, and the previous one is active again: ${reason.message}`,
      details: [
        ...reason.details ?? [],
        ...(hook === undefined ? [] : [hook.message, ...hook.details ?? []]),
      ],
      hint:
        "Look into the log of the service for why it does not take the new pair. The pair is kept: " +
        "'certswap status' shows when it is tried again.",
    };
  },
};

/** By its code, not by its class, as below. */
function isKeyMismatch(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "key-mismatch";
}

const otherKey: Text = {
  code: "answer-refused",
  message: "what the issuer gave cannot be used: " +
    "the certificate is for a different key than the one requested",
  hint:
    "Nothing was changed. The issuer must sign the request that it gets on standard input, not " +
    "an older one. The next attempt asks with the same request.",
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
      "Nothing was changed. The next attempt asks with the same request.",
    ].join(" "),
  };
}

/** Words that are made for files, said of something that is in none. */
function withoutPath(message: string, path: string): string {
  return message.replace(`${path}: `, "").replace(`the certificate ${path}`, "the certificate")
    .replace(path, "it");
}

function retryAfterText(written: string): string {
  return `the issuer's 'Retry-After: ${written}' is ignored: expected a whole number of seconds`;
}

function describeEnd({ end }: Pick<ProgramFailure, "end">): string {
  switch (end.kind) {
    case "exit":
      return `failed with exit code ${end.code}`;
    case "signal":
      return `was killed by ${end.signal}`;
    case "time-limit":
      return "did not end within its time limit, and was killed";
    case "output-limit":
      return "printed more than a certificate chain can hold, and was ended";
    case "interrupted":
      return `was ended, because certswap was told to stop by ${end.signal}`;
  }
}

/** The last lines of what it wrote: standard error, then standard output. */
function outputLines({ errorOutput, output = "" }: ProgramFailure): string[] {
  return [...lastLines(errorOutput), ...lastLines(output)];
}

function lastLines(text: string): string[] {
  return text.split("\n").map((line) => line.trimEnd()).filter((line) => line !== "")
    .slice(-10).map((line) =>
      line.length > longestLine ? `${line.slice(0, longestLine)}...` : line
    );
}

/** Of a program's output, in UTF-16 code units: a progress bar can be kilobytes long. */
const longestLine = 500;
