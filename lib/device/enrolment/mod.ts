/** The first enrolment of a device: its configuration, written by `certswap enroll`. */
export { type Enrolment, type PreparedEnrolment, prepareEnrolment } from "./prepare.ts";
