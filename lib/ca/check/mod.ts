/** `ca check`: cross-checks the parts of a CA, and repairs what it safely can. */
export { check } from "./check.ts";
export { examine } from "./examine.ts";
export { repair } from "./repair.ts";
