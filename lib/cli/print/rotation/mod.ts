/** Prints rotations: results, pairs that are not healthy, the log. */
export { attentionLine } from "./attention_text.ts";
export * from "./rotation_log.ts";
export { ofPair, outcomeOf, planToJson, wouldRotate } from "./rotation_text.ts";
