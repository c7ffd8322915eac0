/** Runs a probe of a service once. */
export { look, lookLimit } from "./look.ts";
