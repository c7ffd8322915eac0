/** Recovery: finishes or undoes what an earlier run left behind. */
export { inspect, type RecoveryOutlook } from "./inspect.ts";
export { lookAgain } from "./look_again.ts";
export { type Keep, type RecoveryReport, settleWhatIsLeft } from "./recovery.ts";
