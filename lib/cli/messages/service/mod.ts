/** Texts about a service: its hooks, its probes, and other programs of the operator. */
export { hookFailedText, notRunText } from "./hook.ts";
export { activeTested, denialText, probeFailedText } from "./probe.ts";
export { describeEnd, outputLines } from "./program.ts";
