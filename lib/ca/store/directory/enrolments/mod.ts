/** `enrolments.json`: one-time secrets, and requests that wait for a person. */
export { patchEnrolments } from "./format.ts";
