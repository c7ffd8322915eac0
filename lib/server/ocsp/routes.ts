/** The routes of OCSP over HTTP (RFC 6960 appendix A, RFC 9919 6). */
import {
  BadOcspRequestError,
  ocspErrorResponse,
  ocspRequestLimit,
  readOcspRequest,
  requestInPath,
} from "../../protocol/ocsp/mod.ts";
import type { HttpRequest, HttpResponse } from "../../system/mod.ts";
import { type Bytes, ifDer } from "../../x509/mod.ts";
import type { ServerContext } from "../context.ts";
import { type Endpoint, resourceResponse, type Route, safe } from "../web/mod.ts";
import type { OcspAnswer, OcspAnswers, OcspRefusal } from "./answers.ts";
import { ReadyResponses } from "./ready.ts";

const root = "/ocsp";

/** After how many seconds a client that was told `tryLater` should ask again. */
const retryAfter = 30;

/** The routes of OCSP. GET has the request in the path, POST in the body. */
export function ocspRoutes(context: ServerContext, answers: OcspAnswers): readonly Route[] {
  const { clock } = context.system;
  const ready = new ReadyResponses((answer, now) => ({
    ...safe(wholeResponse(answer, now)),
    isRepeated: true,
  }));
  const count = (status: OcspAnswer["status"] | OcspRefusal["status"]): void =>
    context.counters.add("server_ocsp_responses_total", { status });
  const respondSlowly = async (
    request: HttpRequest,
    read: (request: HttpRequest) => Bytes,
  ): Promise<HttpResponse> => {
    const asked = requestOf(() => read(request));
    const answer = asked === undefined
      ? { is: "refused", status: "malformedRequest" } as const
      : await answers.answer(asked, request.client);
    count(answer.status);
    if (answer.is === "refused") return refusal(answer);
    // A request with a nonce is limited each time.
    if (asked !== undefined && asked.nonce === undefined) ready.keep(request, answer, clock.now());
    return signedResponse(request, answer, clock.now());
  };
  const respond = (
    request: HttpRequest,
    read: (request: HttpRequest) => Bytes,
  ): Promise<HttpResponse> | HttpResponse => {
    const found = ready.find(request, clock.now());
    if (found === undefined) return respondSlowly(request, read);
    count(found.answer.status);
    return found.response;
  };
  const get: Endpoint = {
    bodyLimit: 0,
    answer: (request) => respond(request, ({ path }) => requestInPath(path.slice(root.length))),
  };
  const post: Endpoint = {
    bodyLimit: ocspRequestLimit,
    answer: (request) => respond(request, ({ body }) => body),
  };
  // An address in certificates may end with a slash.
  return [
    { path: root, methods: { GET: get, POST: post } },
    { path: `${root}/`, methods: { GET: get, POST: post }, label: root },
    { path: `${root}/`, isPrefix: true, methods: { GET: get }, label: root },
  ];
}

/** `undefined`: it is malformed. */
function requestOf(read: () => Bytes): ReturnType<typeof readOcspRequest> | undefined {
  try {
    return ifDer(() => readOcspRequest(read()));
  } catch (error) {
    if (error instanceof BadOcspRequestError) return undefined;
    throw error;
  }
}

/** RFC 6960 appendix A.2: an error of OCSP is not one of HTTP. */
function refusal({ status }: OcspRefusal): HttpResponse {
  return {
    status: 200,
    headers: {
      "content-type": "application/ocsp-response",
      "cache-control": "no-store",
      ...(status === "tryLater" ? { "retry-after": String(retryAfter) } : {}),
    },
    body: ocspErrorResponse(status),
  };
}

/**
 * RFC 9919 6, 7.2: caches may keep what was asked with GET, and no signed response forbids it. `Expires` is
 * the nextUpdate; `max-age`, which caches prefer to it, ends when this server replaces the response.
 */
function signedResponse(request: HttpRequest, answer: OcspAnswer, now: Date): HttpResponse {
  const whole = wholeResponse(answer, now);
  // The conditions of RFC 9110 13.1 that are answered with 304 are for GET and HEAD.
  if (request.method === "POST") return whole;
  const { status, headers, ...response } = resourceResponse(request, answer.resource, now);
  return { ...response, status, headers: { ...headers, ...cacheFields(answer, now) } };
}

/** The answer to a client that has nothing yet. */
function wholeResponse(answer: OcspAnswer, now: Date): HttpResponse {
  const response = resourceResponse(noConditions, answer.resource, now);
  return { ...response, headers: { ...response.headers, ...cacheFields(answer, now) } };
}

/** A client that has nothing yet. */
const noConditions = { header: () => undefined };

function cacheFields(
  { resource, nextUpdate }: OcspAnswer,
  now: Date,
): Readonly<Record<"cache-control" | "expires", string>> {
  const { freshUntil = now } = resource;
  const left = now < freshUntil
    ? freshUntil.getTime() - now.getTime()
    // It could not be replaced so far: that is tried again with every request.
    : (nextUpdate.getTime() - now.getTime()) / 2;
  const seconds = Math.max(0, Math.floor(left / 1000));
  return {
    "cache-control": `max-age=${seconds}, public, no-transform, must-revalidate`,
    "expires": nextUpdate.toUTCString(),
  };
}
