/** Messages for errors of a rotation. */
import { formatDuration, formatTime, present } from "../../system/mod.ts";
import type { IdentityChangedError } from "../../device/mod.ts";
import type * as issuer from "../../device/issuer/errors.ts";
import type * as rotation from "../../device/rotation/errors.ts";
import type * as service from "../../device/service/errors.ts";
import { isOfSharedHook } from "../../device/service/mod.ts";
import type { ErrorsOf, MessageTable, Text } from "./message.ts";
import {
  activeTested,
  denialText,
  describeEnd,
  hookFailedText,
  outputLines,
  probeFailedText,
} from "./service/mod.ts";

type Errors =
  | ErrorsOf<typeof issuer>
  | ErrorsOf<typeof rotation>
  | ErrorsOf<typeof service>;

/** Messages for errors of a rotation. The caller puts the name of the pair before them. */
export const rotationMessages: MessageTable<Errors> = {
  "issuer-failed": ({ failure, timeLimit, unreadRetryAfter }) => ({
    message: failure.end.kind === "time-limit" && timeLimit !== undefined
      ? `the issuer ${failure.program} did not finish within its time limit of ${
        formatDuration(timeLimit)
      } and was killed`
      : `the issuer ${failure.program} ${describeEnd(failure)}`,
    details: [
      ...outputLines(failure),
      ...(unreadRetryAfter === undefined ? [] : [retryAfterText(unreadRetryAfter)]),
    ],
    hint: failure.end.kind === "time-limit"
      ? "Nothing was changed. If the issuer needs longer, increase its 'time_limit'."
      : "Nothing was changed. Run the command by hand: it reads the request from standard input and " +
        "prints the certificate chain (PEM), or exits with 75 if there is no certificate yet.",
  }),
  "retry-after-unread": ({ written }) => ({
    message: retryAfterText(written),
    hint: "Have the issuer print whole seconds, for example 'Retry-After: 3600'.",
  }),
  "issuer-not-ready": () => "the issuer is not ready yet",
  "nothing-issued": ({ program }) => ({
    message: `the issuer ${program} exited with status 0 but printed no certificate`,
    hint: "Nothing was changed. Make the issuer exit with 75 if there is no certificate yet.",
  }),
  "answer-refused": ({ answer, cause }, describe) => {
    if (isIdentityChange(cause)) return describeDroppedNames(cause);
    if (isKeyMismatch(cause)) return otherKey;
    const reason = describe(cause);
    return {
      code: "answer-refused",
      message: `cannot use the issued certificate: ${withoutPath(reason.message, answer)}`,
      ...present({ details: reason.details }),
      hint:
        "Nothing was changed. Check what the issuer returns. The next attempt sends the same request.",
    };
  },
  "same-certificate": () => "the issued certificate is already active",
  "due-at-once": ({ due }) => ({
    message: `the new certificate has been due for renewal since ${formatTime(due)}`,
    hint:
      "Check whether the issuer returns an old certificate. certswap asks it again, with increasing " +
      "delays.",
  }),
  "state-blocked": ({ path }) => ({
    message: `cannot store the state of the pair: ${path} is not a regular file`,
    hint: `Nothing was changed. Move ${path} away: it does not belong to certswap.`,
  }),
  "state-not-written": ({ path, cause }, describe) => ({
    message: `cannot write the state of the pair, ${path}: ${describe(cause).message}`,
    hint: ["Until certswap can write there, it cannot renew the pair.", describe(cause).hint]
      .join(" ").trimEnd(),
  }),
  "identity-unknown": ({ certificate }) => ({
    message: `cannot tell which names to request: ${certificate} does not exist`,
    hint: 'Set subject and names in the configuration: subject = "CN=...", names = ["DNS:..."].',
  }),
  "hook-failed": (error, describe) => hookFailedText(error, { describe, describeEnd, outputLines }),
  "probe-failed": (error, describe) =>
    probeFailedText(error, { describe, describeEnd, outputLines, tested: activeTested }),
  "probe-blind": ({ sawBefore, isRestored, cause }, describe) => {
    const reason = describe(cause);
    const pair = isRestored ? "the restored pair" : "the new pair";
    const denial = isProbeFailure(cause) ? denialText(cause) : undefined;
    return {
      code: "probe-blind",
      message: `cannot tell whether the service uses ${pair}: ${denial ?? reason.message}`,
      details: [
        ...reason.details ?? [],
        ...(sawBefore === undefined
          ? []
          : [`${beforeText(cause, sawBefore)}, so ${pair} stays active.`]),
      ],
      ...present({ hint: reason.hint }),
    };
  },
  "probe-stopped": ({ signal }) => ({
    message: `probe stopped by ${signal}`,
    hint: "The next 'certswap rotate' runs the probe again.",
  }),
  "pair-restored": ({ cause, hookError, refusedSerial }, describe) => {
    const reason = isProbeFailure(cause)
      ? asMessage(probeFailedText(cause, {
        describe,
        describeEnd,
        outputLines,
        tested: {
          certificate: `the new certificate (serial ${refusedSerial})`,
          pair: "the new pair",
          doesNot: "did not",
          serves: "it served",
        },
      }))
      : describe(cause);
    // The failure of a shared hook is reported once for all its pairs.
    const isToldHere = hookError !== undefined && !isOfSharedHook(hookError);
    const hook = isToldHere ? describe(hookError) : undefined;
    return {
      code: "pair-restored",
      message: `rolled back to the previous pair: ${reason.message}`,
      details: [
        ...reason.details ?? [],
        ...(hook === undefined ? [] : [hook.message, ...hook.details ?? []]),
      ],
      hint:
        "Check the service's log to find out why it does not use the new pair. The new pair is kept: " +
        "'certswap status' shows when certswap tries it again.",
    };
  },
};

function asMessage(text: Text): Exclude<Text, string> {
  return typeof text === "string" ? { message: text } : text;
}

/** By code, not by class, as in {@linkcode isIdentityChange}. */
function isProbeFailure(error: unknown): error is service.ProbeFailedError {
  return error instanceof Error && "code" in error && error.code === "probe-failed";
}

/** What a probe that proves nothing saw before the change. */
function beforeText(cause: unknown, sawBefore: rotation.ProbeBlindError["sawBefore"]): string {
  const sawAnother = isProbeFailure(cause) && cause.saw === "another";
  if (!sawAnother) return "The probe had the same result before the change";
  if (sawBefore === "another") {
    return cause.probe.kind === "server"
      ? "The probe also saw another certificate before the change"
      : "The probe had the same result before the change";
  }
  return "The probe could not see the service's certificate before the change";
}

/** By code, not by class, as in {@linkcode isIdentityChange}. */
function isKeyMismatch(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "key-mismatch";
}

const otherKey: Text = {
  code: "answer-refused",
  message: "cannot use the issued certificate: " +
    "it is for a different key than the one requested",
  hint:
    "Nothing was changed. The issuer must sign the request that it gets on standard input, not " +
    "an older one. The next attempt sends the same request.",
};

/** By code, not by class: a part of the bundle that is loaded later has its own copy of the class. */
function isIdentityChange(error: unknown): error is IdentityChangedError {
  return error instanceof Error && "code" in error && error.code === "identity-changed";
}

/** Which requested names and subject are not in the certificate, and how to make issuers copy them. */
function describeDroppedNames({ subject, missingNames }: IdentityChangedError): Text {
  const left = [
    ...(missingNames.length === 0 ? [] : ["left out requested names"]),
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
        "Make the issuer copy the names from the request: use 'openssl x509 -req' with " +
        "'-copy_extensions copy', or 'openssl ca' with 'copy_extensions = copy' in its configuration.",
      ]),
      ...(subject === undefined ? [] : [
        subject.given === ""
          ? 'If the issuer always drops the subject, set subject = "" in the configuration.'
          : `If the issuer always sets this subject, set subject = "${subject.given}" in the configuration.`,
      ]),
      "Nothing was changed. The next attempt sends the same request.",
    ].join(" "),
  };
}

/** The message of an error about a file, for a certificate that is not in a file. */
function withoutPath(message: string, path: string): string {
  return message.replace(`${path}: `, "").replace(`the certificate ${path}`, "the certificate")
    .replace(path, "it");
}

function retryAfterText(written: string): string {
  return `the issuer's 'Retry-After: ${written}' is ignored: expected a whole number of seconds`;
}
