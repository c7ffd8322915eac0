/** What a change owes its service: telling it, and going back. */
export { owedFor } from "./debt.ts";
export { type OwedConfiguration, type Settlement, settleOwed } from "./owed.ts";
export { isStopped } from "./tell_service.ts";
