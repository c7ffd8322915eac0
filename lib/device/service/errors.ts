/** What can go wrong with the operator's programs (issuer, hook), and with the probe of the service. */
import { CertswapError, present, type ProgramFailure, type Stage } from "../../system/mod.ts";
import type { HookConfiguration } from "./hook.ts";
import type { KeyType, ProbeConfiguration } from "./probe_kinds.ts";
import type { ServedCertificate } from "./sight.ts";

/** Which of several hooks or probes of a pair one is. */
export interface ListPlace {
  /** From 1. */
  readonly position: number;
  /** How many the pair has. */
  readonly count: number;
}

/** The place of a hook or probe in the list of its pair. @param index from 0. */
export function placeIn(list: readonly unknown[], index: number): ListPlace {
  return { position: index + 1, count: list.length };
}

/** A hook failed, or could not be started (`cause`), and is owed. */
export class HookFailedError extends CertswapError {
  readonly code = "hook-failed";
  readonly hook: HookConfiguration;
  /** In the list of the first pair that it was run for. */
  readonly place: ListPlace;
  /** `undefined`: it could not be started. */
  readonly failure: ProgramFailure | undefined;

  constructor(
    { hook, place }: Pick<HookFailedError, "hook" | "place">,
    { failure, ...options }: ErrorOptions & { readonly failure?: ProgramFailure },
  ) {
    super(`hook ${place.position} failed: ${failure?.end.kind ?? "not started"}`, options);
    this.hook = hook;
    this.place = place;
    this.failure = failure;
  }
}

/**
 * Whether an error is that of a hook that pairs may share. By its code, not by its class: a file of the
 * bundle that is loaded late has its own copy of that.
 */
export function isOfSharedHook(error: unknown): error is HookFailedError {
  return error instanceof Error && "code" in error && error.code === "hook-failed" &&
    (error as HookFailedError).hook.name !== undefined;
}

/** What a probe saw that was not what it looked for. */
type Failure = Pick<ProbeFailedError, "stage" | "saw"> & ErrorOptions & {
  readonly served?: string;
  readonly certificate?: ServedCertificate;
  readonly failure?: ProgramFailure;
  readonly keyType?: KeyType;
  readonly otherwise?: OtherCertificate;
};

/** A certificate whose type of key is not the one that is looked for. */
export interface OtherCertificate {
  readonly subject: string | undefined;
  readonly keyType: KeyType | undefined;
}

/** A probe did not see the service use the active pair. */
export class ProbeFailedError extends CertswapError {
  readonly code = "probe-failed";
  readonly probe: ProbeConfiguration;
  /** How far it came. */
  readonly stage: Stage;
  /** `another`: it serves another certificate, or refuses this one. `nothing`: see `cause` and `failure`. */
  readonly saw: "another" | "nothing";
  /** SHA-256 of the certificate that was seen. */
  readonly served: string | undefined;
  /** What that certificate says of itself; `undefined` if it cannot be read. */
  readonly certificate: ServedCertificate | undefined;
  /** How the program of a command probe ended. */
  readonly failure: ProgramFailure | undefined;
  /** The type of key that the server was asked for, if it was asked for one. */
  readonly keyType: KeyType | undefined;
  /** What it shows if it is not asked for that type: a certificate with another type of key. */
  readonly otherwise: OtherCertificate | undefined;
  /** For how many milliseconds it was repeated; `undefined`: it was one look. */
  readonly waited: number | undefined;
  /** Which of several probes of the pair it is; `undefined`: it is the only one that was looked at. */
  readonly place: ListPlace | undefined;

  constructor(
    probe: ProbeConfiguration,
    { stage, saw, served, certificate, failure, keyType, otherwise, ...options }: Failure,
    { waited, place }: Partial<Pick<ProbeFailedError, "waited" | "place">> = {},
  ) {
    super(`the ${probe.kind} probe saw ${served ?? saw} (${stage})`, options);
    this.probe = probe;
    this.stage = stage;
    this.saw = saw;
    this.served = served;
    this.certificate = certificate;
    this.failure = failure;
    this.keyType = keyType;
    this.otherwise = otherwise;
    this.waited = waited;
    this.place = place;
  }

  /** The same, at the end of a deadline. @param waited milliseconds */
  after(waited: number): ProbeFailedError {
    return this.#with({ waited, place: this.place });
  }

  /** The same, of one of several probes of a pair. */
  at(place: ListPlace): ProbeFailedError {
    return this.#with({ waited: this.waited, place });
  }

  #with(known: Pick<ProbeFailedError, "waited" | "place">): ProbeFailedError {
    const { probe, stage, saw, served, certificate, failure, keyType, otherwise, cause } = this;
    const details = present({ served, certificate, failure, keyType, otherwise });
    return new ProbeFailedError(probe, { stage, saw, cause, ...details }, known);
  }
}

/** certswap was asked to stop before the probe had come to its end: it is owed. */
export class ProbeStoppedError extends CertswapError {
  readonly code = "probe-stopped";
  readonly signal: string;

  constructor(signal: string, options?: ErrorOptions) {
    super(`probe given up: ${signal}`, options);
    this.signal = signal;
  }
}
