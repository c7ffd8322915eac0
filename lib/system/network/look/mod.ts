/** Looks at TLS servers. Loaded when a server is looked at: no other start needs it. */
export { connectAsClient } from "./client.ts";
export { lookAtServer } from "./look.ts";
