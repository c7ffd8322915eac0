/** The commands of a CA that is served over the network. */
export { approve, reject, requests } from "./requests.ts";
export { serve } from "./serve.ts";
export { token } from "./token.ts";
