/** HTTP as the servers of a CA speak it: routes, responses, limits. */
export { RequestRate } from "./rate.ts";
export {
  type Resource,
  resourceResponse,
  safe,
  taggedBody,
  textResponse,
  unavailable,
} from "./response.ts";
export { type Endpoint, findAnswer, type Method, type Route, type Routed } from "./route.ts";
