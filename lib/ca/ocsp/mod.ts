/** The delegated OCSP responder of a CA: issued, kept in a file, found again. */
export { issueResponder, responderProfile, type ResponderReport } from "./issue_responder.ts";
export { isResponderDue, type OcspResponder, responderValidity } from "./responder.ts";
export { readResponder, responderPath, responderStamp } from "./responder_file.ts";
