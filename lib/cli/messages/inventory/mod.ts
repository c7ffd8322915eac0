/** Texts about the certificates that a CA has issued. */
export { describeInventoryFinding, type InventoryFinding } from "./findings.ts";
export { brokenLineText, describeHistoryFinding, isHistoryFinding } from "./history_findings.ts";
export { inventoryMessages } from "./messages.ts";
