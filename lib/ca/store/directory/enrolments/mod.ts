/** `enrolments.json`: one-time secrets, and requests that wait for a person. */
export { type Enrolments, noEnrolments, patchEnrolments } from "./format.ts";
