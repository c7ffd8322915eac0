/** Loads the code that changes trust bundles: apart from the rest, as most rotations do not need it. */
import type { RotationResult } from "../event.ts";
import type { acceptRoot as accept } from "./accept.ts";
import type { refreshTrust as refresh } from "./refresh.ts";

/** Trusts a root because a person says so. */
export async function acceptRoot(...terms: Parameters<typeof accept>): Promise<RotationResult> {
  return await (await import("./accept.ts")).acceptRoot(...terms);
}

/** Refreshes the trust bundle of a pair. */
export async function refreshTrust(...terms: Parameters<typeof refresh>): Promise<RotationResult> {
  return await (await import("./refresh.ts")).refreshTrust(...terms);
}
