/** The commands of a CA that is served over the network. */
export { serve } from "./serve.ts";
