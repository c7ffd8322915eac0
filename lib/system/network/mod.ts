/** The door to the network. */
export type { HttpsAnswer, HttpsExchange, HttpsOptions, HttpsSession } from "./https_session.ts";
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
export {
  addressText,
  clientKey,
  type HttpAnswer,
  type HttpHandler,
  type HttpHead,
  type HttpLimits,
  type HttpRefusal,
  type HttpRequest,
  type HttpResponse,
  type HttpServer,
  type HttpServerOptions,
  type ListenAddress,
  type ServerIdentity,
} from "./http/mod.ts";
