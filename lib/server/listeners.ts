/** The HTTP servers of a CA: their limits, log and metrics. */
import {
  addressText,
  CertswapError,
  type HttpHandler,
  type HttpHead,
  type HttpLimits,
  type HttpResponse,
  type HttpServer,
  type ListenAddress,
  minute,
  second,
  type ServerIdentity,
} from "../system/mod.ts";
import type { ServeLimits } from "../ca/settings/mod.ts";
import type { ServerContext } from "./context.ts";
import type { ServerName } from "./event.ts";
import { findAnswer, RequestRate, type Route, safe, textResponse, unavailable } from "./web/mod.ts";

/** The most characters of a path in the log. */
const shownPath = 200;

/** One server: where it listens, and what it answers. */
export interface ListenerTerms {
  readonly name: ServerName;
  readonly address: ListenAddress;
  readonly identity?: ServerIdentity | undefined;
  readonly routes: readonly Route[];
  readonly limits: ServeLimits;
}

/** Starts a server. @throws ListenError, BadServerIdentityError */
export async function startListener(
  context: ServerContext,
  terms: ListenerTerms,
): Promise<HttpServer> {
  const { system, counters, onEvent } = context;
  const { name: server, address, identity, limits } = terms;
  const listener = await system.network.startHttpServer({
    address,
    identity,
    limits: httpLimits(limits),
    handler: handlerOf(context, terms),
    onRefusal(reason, client) {
      counters.add("server_refused_total", { server, reason });
      onEvent({ event: "refused", server, client, reason });
    },
    onDefect: (error) => onEvent({ event: "defect", error }),
  });
  onEvent({ event: "listening", server, address: addressText(listener.address) });
  return listener;
}

function httpLimits({ connections, connectionsPerAddress }: ServeLimits): HttpLimits {
  return {
    connections,
    connectionsPerAddress,
    headerBytes: 16 * 1024,
    handshakeTime: 10 * second,
    headerTime: 10 * second,
    requestTime: 30 * second,
    responseTime: 2 * minute,
    idleTime: 15 * second,
  };
}

/** Answers requests by their routes, within the limits. */
export function handlerOf(
  context: ServerContext,
  { name: server, routes, limits }: Pick<ListenerTerms, "name" | "routes" | "limits">,
): HttpHandler {
  const { system: { clock }, counters, onEvent } = context;
  const rate = new RequestRate(clock, limits.requestsPerMinute);
  const failed = (error: unknown): HttpResponse => responseTo(error, onEvent);
  return (head) => {
    const start = clock.now().getTime();
    const wait = rate.take(head.client);
    if (wait > 0) {
      const reason = "requests-per-minute";
      counters.add("server_refused_total", { server, reason });
      onEvent({ event: "refused", server, client: head.client, reason });
      const response = textResponse(429, "Too many requests.", { "retry-after": String(wait) });
      return { bodyLimit: 0, answer: () => safe(response) };
    }
    const { label, bodyLimit, answer } = findAnswer(routes, head);
    const finished = (made: HttpResponse): HttpResponse => {
      // A response that is sent many times is safe already.
      const response = made.isRepeated === true ? made : safe(made);
      const status = String(response.status);
      counters.add("server_requests_total", { server, route: label, status });
      onEvent({
        event: "request",
        server,
        ...logged(head, response),
        milliseconds: clock.now().getTime() - start,
      });
      return response;
    };
    return {
      bodyLimit,
      answer(request) {
        let response: Promise<HttpResponse> | HttpResponse;
        try {
          response = answer(request);
        } catch (error) {
          response = failed(error);
        }
        return response instanceof Promise
          ? response.catch(failed).then(finished)
          : finished(response);
      },
    };
  };
}

function responseTo(error: unknown, onEvent: ServerContext["onEvent"]): HttpResponse {
  if (error instanceof CertswapError) {
    onEvent({ event: "warning", warning: error });
    return unavailable("The CA cannot respond at the moment. Try again later.");
  }
  onEvent({ event: "defect", error });
  return textResponse(500, "Internal error.");
}

function logged(head: HttpHead, { status, body }: HttpResponse): {
  readonly client: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
} {
  const { client, method, path } = head;
  return {
    client,
    method: method.slice(0, 16),
    path: path.slice(0, shownPath).toWellFormed(),
    status,
    bytes: method === "HEAD" ? 0 : body?.length ?? 0,
  };
}

/** Stops servers. What has not ended after `patience` milliseconds is cut off. */
export async function stopAll(
  listeners: Iterable<HttpServer>,
  patience: number,
): Promise<void> {
  await Promise.all([...listeners].map((listener) => listener.stop(patience)));
}
