/** The door to the network. */
export { denoNetwork, type Network } from "./network.ts";
export type {
  ClientIdentity,
  ClientOptions,
  ClientSight,
  LookOptions,
  Sight,
  Stage,
  StartTls,
  TlsEndpoint,
} from "./sight.ts";
