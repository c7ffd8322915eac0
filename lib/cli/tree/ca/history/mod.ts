/** The command about a CA's history. */
export { history } from "./history.ts";
