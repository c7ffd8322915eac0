/** What someone asks for over EST, and what becomes of it. */
import type { Random } from "../../system/mod.ts";
import type { Bytes, Certificate, KeySource } from "../../x509/mod.ts";
import type { CheckedRequest } from "../issue/mod.ts";
import type { AskPassphrase } from "../key/mod.ts";
import type { CaSettings } from "../settings/mod.ts";
import type { EnrolmentRefusedError } from "./errors.ts";
import type { KeptEnrolments } from "./kept.ts";

/** By what an applicant shows who it is. */
export type Proof =
  /** A one-time secret. */
  | { readonly by: "token"; readonly secret: string }
  /**
   * A certificate of this CA, current or expired, whose private key the client has proved to have. It must be
   * of version 3: only then does the TLS server see to that.
   */
  | { readonly by: "certificate"; readonly certificate: Certificate }
  /**
   * A certificate of the CA that this one replaces, neither revoked nor superseded there, whose private key
   * the client has proved to have.
   */
  | {
    readonly by: "predecessor";
    readonly certificate: Certificate;
    /** The name of its profile there, if it is known. */
    readonly profile: string | undefined;
  }
  /**
   * A bootstrap certificate of a manufacturer in the settings, judged by `judgeBirthCertificate`, whose
   * private key the client has proved to have.
   */
  | {
    readonly by: "birth";
    readonly manufacturer: string;
    readonly certificate: Certificate;
    /** SHA-256 of its SubjectPublicKeyInfo: the device. 64 lowercase hexadecimal digits. */
    readonly id: string;
  }
  /** Nothing: a person decides, if the settings allow it. */
  | { readonly by: "hand" }
  /** A person has decided. */
  | { readonly by: "approval"; readonly id: string; readonly approver: string };

/** An application for a certificate. */
export interface Application {
  /** Checked by itself: key, signature, form of names. */
  readonly checked: CheckedRequest;
  /** DER. */
  readonly der: Bytes;
  /** SHA-256 of it, 64 lowercase hexadecimal digits. */
  readonly hash: string;
  /** The profile that was asked for; `undefined`: as the proof says, else the default. */
  readonly profile: string | undefined;
  readonly proof: Proof;
  /** The IP address that it came from. */
  readonly client: string;
}

/** What becomes of an application. */
export type EnrolmentResult =
  | {
    readonly is: "issued";
    readonly serial: string;
    /** DER. */
    readonly certificate: Uint8Array;
    /** DER of the intermediate CAs, nearest first, without the root. */
    readonly chain: readonly Uint8Array[];
    /** Whether it was issued just now; otherwise it is the answer that may have been lost. */
    readonly isNew: boolean;
    /** The proof, as the details record it. */
    readonly requestedBy: string;
    /** Whether the certificate of the client had expired. */
    readonly wasExpired: boolean;
  }
  /** A person has to decide. */
  | { readonly is: "waiting"; readonly id: string; readonly isNew: boolean }
  /** A {@linkcode EnrolmentRefusedError}, or why no CA would sign the request. */
  | { readonly is: "refused"; readonly error: EnrolmentRefusedError | RefusedRequest }
  /** Another application of the same batch decides about this one: ask again. */
  | { readonly is: "again" };

/** An error about the request itself: of its names, its key, the rules of its profile. */
export type RefusedRequest = Error & { readonly code: string };

/** What enrolments are judged and signed with. */
export interface EnrolmentTerms {
  readonly settings: CaSettings;
  readonly random: Random;
  readonly keys: KeySource;
  readonly passphrase: AskPassphrase;
  /** To the second. */
  readonly now: Date;
  /** What the change has read already. */
  readonly kept?: KeptEnrolments;
}
