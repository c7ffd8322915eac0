/** The commands that create, move and renew a CA. */
export { importCommand } from "./import.ts";
export { migrate } from "./migrate.ts";
export { schema } from "./schema.ts";
