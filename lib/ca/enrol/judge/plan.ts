/** Plans a certificate, by the rules of its profile and of the CA. */
import { formatTime } from "../../../system/mod.ts";
import {
  checkAgainstCa,
  checkAgainstProfile,
  type CheckedRequest,
  type Hierarchy,
} from "../../issue/mod.ts";
import { type Profile, profileNamed, WrongProfileError } from "../../settings/mod.ts";
import type { StoreChange } from "../../store/mod.ts";
import type { Application, EnrolmentTerms } from "../application.ts";
import { EnrolmentRefusedError } from "../errors.ts";
import type { KeptEnrolments } from "../kept.ts";
import { identityText, type NamedCertificate } from "../same_names.ts";

/** A certificate to issue. */
export interface Plan {
  readonly is: "plan";
  readonly checked: CheckedRequest;
  readonly profile: Profile;
  readonly requestedBy: string;
  readonly wasExpired: boolean;
  /** The serial numbers of the certificates that it replaces. */
  readonly supersedes: readonly string[];
  /** Records in the same change what the certificate was issued for. */
  readonly onIssued: (serial: string) => Promise<void>;
}

/** What applications are judged by. */
export interface JudgingContext extends EnrolmentTerms {
  readonly change: StoreChange;
  readonly kept: KeptEnrolments;
  readonly hierarchy: Hierarchy;
  /** By `identityText`, in the order of issue. */
  readonly sameNames: ReadonlyMap<string, readonly NamedCertificate[]>;
}

/** A certificate that exists already: the answer may have been lost. */
export interface Known {
  readonly is: "known";
  readonly serial: string;
  readonly requestedBy: string;
  readonly wasExpired: boolean;
}

/**
 * Checks that the profile that was asked for, if any, is the one that the proof is for.
 *
 * @throws EnrolmentRefusedError if it is another one.
 */
export function requireSameProfile({ profile }: Application, own: string, of: string): void {
  if (profile !== undefined && profile !== own) {
    throw new EnrolmentRefusedError("other-profile", of);
  }
}

/** Judges a request by the rules of its profile and of the CA, and plans its certificate. */
export async function planned(
  context: JudgingContext,
  application: Application,
  { profile: name, requestedBy, wasExpired = false, onIssued = () => Promise.resolve() }: {
    /** `undefined`: the one that was asked for. */
    readonly profile: string | undefined;
    readonly requestedBy: string;
    readonly wasExpired?: boolean;
    readonly onIssued?: Plan["onIssued"];
  },
): Promise<Plan> {
  const { settings, hierarchy, now } = context;
  const profile = profileNamed(settings, name ?? application.profile);
  if (profile.ca !== undefined) throw new WrongProfileError(profile.name, "ca");
  const policy = { requests: [application.checked.file], onBadRequest: "stop" } as const;
  const one = { good: [{ ...application.checked, requestedBy }], bad: [] };
  const allowed = await checkAgainstProfile(one, { settings, profile }, policy);
  const { good: [checked] } = await checkAgainstCa(allowed, { hierarchy, profile }, policy);
  if (checked === undefined) throw new TypeError("a good request is lost");
  const today = formatTime(now);
  const supersedes = sameNamesOf(context, application)
    .filter(({ record, details }) =>
      record.status === "active" && details?.supersededBy === undefined &&
      (record.notAfter >= today || wasExpired)
    )
    .map(({ record }) => record.serial);
  return { is: "plan", checked, profile, requestedBy, wasExpired, supersedes, onIssued };
}

/** The certificates with the names of an application, in the order of issue. */
export function sameNamesOf(
  { sameNames }: JudgingContext,
  { checked: { request } }: Application,
): readonly NamedCertificate[] {
  return sameNames.get(identityText(request)) ?? [];
}
