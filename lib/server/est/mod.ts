/** Enrolment over Secure Transport (EST): RFC 7030, RFC 8951, RFC 9908. */
export { basicSecret } from "./credentials.ts";
export { Fetches } from "./fetches.ts";
export { estRoutes } from "./routes.ts";
