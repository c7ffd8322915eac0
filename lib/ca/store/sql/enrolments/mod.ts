/** What is kept about who may enrol, as rows. */
export { writeEnrolments } from "./rows.ts";
