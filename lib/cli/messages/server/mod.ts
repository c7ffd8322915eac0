/** Messages about the servers of a CA. */
export { serverMessages } from "./messages.ts";
