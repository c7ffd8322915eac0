/** Loads the code that removes a secret: apart from the rest, as only an enrolment needs it. */
import type { SecretNotRemovedError } from "../../issuer/mod.ts";
import type { removeUsedSecret as remove } from "./secret.ts";

/** Removes the secret of a pair that is in place, if a run that was killed could not. */
export async function removeUsedSecret(
  ...terms: Parameters<typeof remove>
): Promise<readonly SecretNotRemovedError[]> {
  return await (await import("./secret.ts")).removeUsedSecret(...terms);
}
