/** Enrolment over a network: who may have a certificate, and what waits for a person. */
export { type BirthVerdict, judgeBirthCertificate, ManufacturerFiles } from "./birth/mod.ts";
export type { Application, EnrolmentResult, EnrolmentTerms, Proof } from "./application.ts";
export { approve, type Approved, listRequests, reject } from "./decide.ts";
export { enrol } from "./enrol.ts";
export { type EnrolmentRefusal, EnrolmentRefusedError } from "./errors.ts";
export { createToken, listTokens, type NewToken, revokeToken } from "./manage_tokens.ts";
export { idOfSecret, type Token } from "./token.ts";
export { Predecessor } from "./other_ca/mod.ts";
export type { WaitingRequest } from "./waiting.ts";
