/** Errors about the replacement of a CA by another one: `ca rollover`. */
import { CertswapError } from "../../system/mod.ts";
import type { RolloverPhase } from "../succession/mod.ts";

/** The steps of a rollover, as on the command line. */
export type RolloverStep = "start" | "switch" | "switch --back" | "finish" | "cancel";

/** Why a step of a rollover is not possible now. */
export type RolloverRefusal =
  /** Nothing was started, or it was cancelled. */
  | "none"
  /** Only the start was made. */
  | "not-switched"
  | "already-switched"
  | "already-finished"
  /** It was started with another next CA. */
  | "other-next"
  /** Both directories are the same. */
  | "same-directory"
  /** The next CA is itself being replaced, or was. */
  | "next-in-rollover"
  /** There is no next CA, and nothing says its subject. */
  | "subject-missing"
  /** There is a next CA with another subject. */
  | "other-subject"
  /** There is no next CA, and this one is an intermediate. */
  | "next-missing"
  | "same-name"
  | "same-key";

/** A step of a rollover is not possible now. */
export class RolloverRefusedError extends CertswapError {
  readonly code = "rollover-refused";
  readonly step: RolloverStep;
  /** The CA that is, or would be, replaced. */
  readonly dataDirectory: string;
  /** The data directory of the next CA, as far as it is known. */
  readonly next: string | undefined;
  readonly reason: RolloverRefusal;

  constructor(
    { step, dataDirectory, next, reason }: Pick<
      RolloverRefusedError,
      "step" | "dataDirectory" | "next" | "reason"
    >,
  ) {
    super(`${step}: ${reason}`);
    this.step = step;
    this.dataDirectory = dataDirectory;
    this.next = next;
    this.reason = reason;
  }
}

/** Refuses a step. @throws RolloverRefusedError */
export function refuse(
  terms: Pick<RolloverRefusedError, "step" | "dataDirectory" | "next">,
  reason: RolloverRefusal,
): never {
  throw new RolloverRefusedError({ ...terms, reason });
}

/** The `ca.toml` of both CAs do not fit together. */
export class RolloverSettingsError extends CertswapError {
  readonly code = "rollover-settings";
  readonly dataDirectory: string;
  readonly next: string;
  /**
   * `same-address`: both would write one address into certificates; `same-database`: both would use one
   * database; `profiles`: the next CA lacks some.
   */
  readonly reason: "same-address" | "same-database" | "profiles";
  /** The addresses, the database, or the names of the profiles. */
  readonly values: readonly string[];

  constructor(
    { dataDirectory, next, reason, values }: Pick<
      RolloverSettingsError,
      "dataDirectory" | "next" | "reason" | "values"
    >,
  ) {
    super(`${reason}: ${values.join(", ")}`);
    this.dataDirectory = dataDirectory;
    this.next = next;
    this.reason = reason;
    this.values = values;
  }
}

/** A cross-certificate is needed that none of the two CAs can issue. */
export class CrossCertificateMissingError extends CertswapError {
  readonly code = "cross-certificate-missing";
  /** The root that it is for, RFC 4514, escaped. */
  readonly subject: string;
  /** The root that has to issue it, likewise. */
  readonly issuer: string;
  /** The file that was given; `undefined`: none. */
  readonly file: string | undefined;

  constructor(
    { subject, issuer, file }: Pick<CrossCertificateMissingError, "subject" | "issuer" | "file">,
  ) {
    super(`no cross-certificate for ${subject} from ${issuer}`);
    this.subject = subject;
    this.issuer = issuer;
    this.file = file;
  }
}

/** Devices still have certificates of the CA that would be left. */
export class LeavesRemainError extends CertswapError {
  readonly code = "leaves-remain";
  readonly step: "finish" | "cancel";
  /** The CA that would be left. */
  readonly dataDirectory: string;
  /** How many of its certificates have not been replaced by the other CA. */
  readonly count: number;
  /** How many were accepted; `undefined`: none. */
  readonly accepted: number | undefined;

  constructor(
    { step, dataDirectory, count, accepted }: Pick<
      LeavesRemainError,
      "step" | "dataDirectory" | "count" | "accepted"
    >,
  ) {
    super(`${count} certificates of ${dataDirectory}`);
    this.step = step;
    this.dataDirectory = dataDirectory;
    this.count = count;
    this.accepted = accepted;
  }
}

/** A step failed after it had changed one of the two CAs. The same command continues. */
export class RolloverUnfinishedError extends CertswapError {
  readonly code = "rollover-unfinished";
  readonly step: RolloverStep;
  readonly dataDirectory: string;

  constructor(
    { step, dataDirectory }: Pick<RolloverUnfinishedError, "step" | "dataDirectory">,
    options: { readonly cause: unknown },
  ) {
    super(`${step} is not complete`, options);
    this.step = step;
    this.dataDirectory = dataDirectory;
  }
}

/** A warning: a rollover is going on, and may have been forgotten. */
export class RolloverForgottenError extends CertswapError {
  readonly code = "rollover-forgotten";
  /** `long-phase`: nothing was done for half a year. `old-expires`: the old CA expires within that time. */
  readonly reason: "long-phase" | "old-expires";
  readonly phase: RolloverPhase;
  /** When the phase was entered. RFC 3339, UTC. */
  readonly since: string;
  /** When the certificate of the old CA ends. */
  readonly notAfter: Date;
  /** How many devices have no certificate of the next CA. */
  readonly devices: number;

  constructor(
    { reason, phase, since, notAfter, devices }: Pick<
      RolloverForgottenError,
      "reason" | "phase" | "since" | "notAfter" | "devices"
    >,
  ) {
    super(`${phase} since ${since}: ${reason}`);
    this.reason = reason;
    this.phase = phase;
    this.since = since;
    this.notAfter = notAfter;
    this.devices = devices;
  }
}
