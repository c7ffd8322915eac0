/** Rotation: renews pairs when they are due, and makes sure that their services use them. */
export {
  graceOf,
  isFailing,
  isMade,
  type Judge,
  judgeBy,
  type Judgement,
  type RenewalDecision,
  type RenewalRules,
  renewalTimeOf,
  type Urgency,
  urgencyOf,
} from "./decide/mod.ts";
export type { Attention } from "./attention.ts";
export type { RotateOptions } from "./context.ts";
export type { DueReason, RotationEvent, RotationResult, TrustChange } from "./event.ts";
export { lookForRest, planRotation, type RotationPlan } from "./look.ts";
export { acceptRoot, bundleOf, NoTrustBundleError, recordOf } from "./trust/mod.ts";
export { wasTold } from "./quiet.ts";
export { rotatePair } from "./rotate_pair.ts";
export { rotatePairs } from "./rotate_pairs.ts";
export { removeUsedSecret } from "./renew/mod.ts";
