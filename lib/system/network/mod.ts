/** The door to the network. */
export * from "./network.ts";
