/** HTTP servers. */
export { clientKey } from "./connections.ts";
export {
  addressText,
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
} from "./http.ts";
export { startHttpServer } from "./server.ts";
