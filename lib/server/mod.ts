/** `certswap ca serve`: the servers of a CA. */
export { NothingServedError } from "./errors.ts";
export type { OnServerEvent, ServerEvent } from "./event.ts";
export { serve, type ServeOptions } from "./serve.ts";
