/** The server's own certificate for TLS. */
export { type IdentityHolder, identityTask, loadIdentity, renewIdentity } from "./identity.ts";
