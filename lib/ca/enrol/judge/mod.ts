/** Judges applications. */
export { judge, type Judgement } from "./judge.ts";
export type { JudgingContext, Plan } from "./plan.ts";
