/** The door to the network. */
export { denoNetwork, type Network } from "./network.ts";
