/** The commands that create, move and renew a CA. */
export { importCommand } from "./import.ts";
