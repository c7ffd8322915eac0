/** Routes: which handler answers which path and method. */
import type { HttpAnswer, HttpHead, HttpRequest, HttpResponse } from "../../system/mod.ts";
import { textResponse } from "./response.ts";

/** What answers a method of a path. */
export interface Endpoint {
  /** The longest body in bytes: 0 for what takes none. */
  readonly bodyLimit: number;
  /** Pure, as far as the client can tell: what it returns is all that is sent. */
  readonly answer: (request: HttpRequest) => Promise<HttpResponse> | HttpResponse;
}

/** The methods that a server may know (RFC 9110 9.3). HEAD goes with GET. */
export type Method = "GET" | "POST";

/** A path, and what answers it. */
export interface Route {
  /** Compared with the path as it was received, byte for byte. */
  readonly path: string;
  /** Whether the path is only the beginning: what follows is for the endpoint. */
  readonly isPrefix?: boolean;
  /** Which paths it answers, if they are not known in advance. */
  readonly matches?: (path: string) => boolean;
  readonly methods: Readonly<Partial<Record<Method, Endpoint>>>;
  /** The name of the route for metrics, if `path` would have too many values. */
  readonly label?: string;
}

/** The answer for a request, and the label of its route for metrics: `-` if there is none. */
export interface Routed extends HttpAnswer {
  readonly label: string;
}

/**
 * Finds what answers a request: 404 for a path that is not listed, 405 with Allow for another method
 * (RFC 9110 15.5.5, 15.5.6).
 */
export function findAnswer(routes: readonly Route[], head: HttpHead): Routed {
  const route = routes.find(({ path, isPrefix, matches }) =>
    matches?.(head.path) ?? (isPrefix ? head.path.startsWith(path) : head.path === path)
  );
  if (route === undefined) return refusing("-", textResponse(404, "Not found."));
  const { methods, label = route.path } = route;
  const method = head.method === "HEAD" ? "GET" : head.method;
  const endpoint = Object.hasOwn(methods, method) ? methods[method as Method] : undefined;
  if (endpoint !== undefined) {
    const { bodyLimit, answer } = endpoint;
    return { label, bodyLimit, answer };
  }
  const allow = Object.keys(methods).flatMap((name) => name === "GET" ? ["GET", "HEAD"] : [name]);
  return refusing(label, textResponse(405, "Method not allowed.", { allow: allow.join(", ") }));
}

/** The longest body that is read, and ignored, before a request is refused: then the connection goes on. */
const ignoredBody = 64 * 1024;

function refusing(label: string, response: HttpResponse): Routed {
  return { label, bodyLimit: ignoredBody, answer: () => response };
}
