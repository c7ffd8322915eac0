/** Checks requests against the profile that they are signed with, and gives them its fixed subject. */
import {
  DerReader,
  encodeDistinguishedName,
  readName,
  withFixedAttributes,
} from "../../x509/mod.ts";
import { RequestOutsideProfileError } from "../request_errors.ts";
import { type CaSettings, type Profile, ruleOf } from "../settings/mod.ts";
import {
  type BadRequestPolicy,
  type CheckedRequest,
  type CheckedRequests,
  checkFurther,
} from "./check_request.ts";

/** A profile, and the settings that it is from. */
interface ProfileContext {
  readonly settings: CaSettings;
  readonly profile: Profile;
}

/**
 * Checks keys and names of the requests that are good so far. What is judged is what the certificate will
 * have: the subject with the fixed parts of the profile.
 *
 * @returns the requests with that subject.
 * @throws as `checkRequestFiles`.
 */
export async function checkAgainstProfile(
  checked: CheckedRequests,
  { settings, profile }: ProfileContext,
  policy: BadRequestPolicy,
): Promise<CheckedRequests> {
  const { keyKinds, names, subject } = profile;
  if (keyKinds === undefined && names === undefined && subject === undefined) return checked;
  // Without `ca.toml`, no profile gets here.
  const { judgeRequest } = await import("../settings/policy/judge.ts");
  return await checkFurther(checked, policy, (one) => {
    const { file, request } = withSubject(one, subject);
    const refusal = judgeRequest(request, profile);
    if (refusal !== undefined) {
      const rule = ruleOf(settings, profile, refusal.key);
      throw new RequestOutsideProfileError(file, rule, refusal);
    }
    return { ...one, request };
  });
}

/** @param fixed RFC 4514. */
function withSubject(checked: CheckedRequest, fixed: string | undefined): CheckedRequest {
  if (fixed === undefined) return checked;
  const { request } = checked;
  const parts = readName(new DerReader(encodeDistinguishedName(fixed)));
  return {
    ...checked,
    request: { ...request, subject: withFixedAttributes(request.subject, parts) },
  };
}
