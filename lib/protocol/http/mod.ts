/** Header fields of HTTP that clients and servers of protocols share. */
export * from "./media_type.ts";
export * from "./retry_after.ts";
