/** `ca check`: cross-checks the parts of a CA, and mends what can be mended. */
export { check } from "./check.ts";
export { repair } from "./repair.ts";
