/** Printing rotations: what was done, what a person has to be told, the log. */
export { attentionLine } from "./attention_text.ts";
export * from "./rotation_log.ts";
export { ofPair, outcomeOf, planToJson, wouldRotate } from "./rotation_text.ts";
