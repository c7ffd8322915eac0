/** Looks at TLS servers: which certificate they show, and whether they accept a client's. */
export { connectAsClient } from "./client.ts";
export { isUsableIdentity } from "./identity.ts";
export { lookAtServer } from "./look.ts";
export { overheard } from "./runtime_tls.ts";
