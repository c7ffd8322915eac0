/** One look of a probe at a service. */
export { look, lookLimit } from "./look.ts";
