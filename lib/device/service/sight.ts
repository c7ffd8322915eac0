/** What one look of a probe at a service shows: how far it came, and what it saw. */
import type { Stage } from "../../system/mod.ts";
import type { LoadedPair, Pair } from "../pair/mod.ts";
import type { ProbeFailedError } from "./errors.ts";

/** The pair that a service should use. */
export interface ExpectedPair {
  /** SHA-256 of the leaf's DER, 64 lowercase hexadecimal digits. */
  readonly fingerprint: string;
  /** The pair's name in the configuration. */
  readonly name: string;
  readonly pair: Pair;
  /** What is in its files. */
  readonly loaded: LoadedPair;
}

/** A certificate that a service served. */
export interface ServedCertificate {
  /** RFC 4514. Untrusted text. */
  readonly subject: string;
  /** Lowercase hexadecimal. */
  readonly serialNumber: string;
}

/** What one look at a service showed. */
export interface ProbeSight {
  /**
   * How far it came: stages are ordered. A command and a client probe that know the answer have
   * "certificate".
   */
  readonly stage: Stage;
  /** `another`: the service uses another certificate, or refuses this one. `nothing`: it cannot be told. */
  readonly saw: "expected" | "another" | "nothing";
  /** SHA-256 of the certificate that was seen, 64 lowercase hexadecimal digits. */
  readonly fingerprint?: string;
  /** What it says of itself; `undefined` if it cannot be read. */
  readonly certificate?: ServedCertificate;
  /** Why it did not see the expected one. */
  readonly error?: ProbeFailedError;
}
