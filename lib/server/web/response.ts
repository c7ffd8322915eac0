/** Responses: text, bytes that clients may keep, and what they have already. */
import { type HttpRequest, type HttpResponse, sha256Hex } from "../../system/mod.ts";

/** A line of text. */
export function textResponse(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
      ...headers,
    },
    body: new TextEncoder().encode(`${text}\n`),
  };
}

/** A response that no browser takes for something else. */
export function safe(response: HttpResponse): HttpResponse {
  return { ...response, headers: { "x-content-type-options": "nosniff", ...response.headers } };
}

/** How long a client waits before it asks again, in seconds, if a server cannot do its work now. */
const retryAfter = 30;

/** For what the server cannot do now, and may be able to do later (RFC 9110 15.6.4). */
export function unavailable(text: string, seconds = retryAfter): HttpResponse {
  return textResponse(503, text, { "retry-after": String(seconds) });
}

/** Something that clients may keep. */
export interface Resource {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** A strong validator, in its quotation marks (RFC 9110 8.8.3). */
  readonly entityTag: string;
  readonly modified: Date;
  /** Until when clients may use it without asking; `undefined`: they ask each time. */
  readonly freshUntil: Date | undefined;
}

/** What clients may keep, without its dates. Its validator is made from its content. */
export async function taggedBody(
  body: Uint8Array,
  contentType: string,
): Promise<Pick<Resource, "body" | "contentType" | "entityTag">> {
  return { body, contentType, entityTag: `"${(await sha256Hex(body)).slice(0, 32)}"` };
}

/** A resource for a client, or 304 if the client has it already (RFC 9110 13.1.2, 13.1.3). */
export function resourceResponse(
  request: Pick<HttpRequest, "header">,
  resource: Resource,
  now: Date,
): HttpResponse {
  const { body, contentType, entityTag, modified, freshUntil = now } = resource;
  const seconds = Math.max(0, Math.floor((freshUntil.getTime() - now.getTime()) / 1000));
  const headers = {
    "etag": entityTag,
    "last-modified": modified.toUTCString(),
    "cache-control": seconds > 0 ? `max-age=${seconds}, public, no-transform` : "no-cache",
    ...(seconds > 0 ? { "expires": new Date(now.getTime() + seconds * 1000).toUTCString() } : {}),
  };
  if (isKnown(request, resource)) return { status: 304, headers };
  return { status: 200, headers: { "content-type": contentType, ...headers }, body };
}

function isKnown(
  request: Pick<HttpRequest, "header">,
  { entityTag, modified }: Resource,
): boolean {
  const tags = request.header("if-none-match");
  if (tags !== undefined) {
    // The weak comparison: RFC 9110 8.8.3.2.
    return tags.split(",").some((tag) => {
      const trimmed = tag.trim();
      return trimmed === "*" || trimmed.replace(/^W\//, "") === entityTag;
    });
  }
  const since = Date.parse(request.header("if-modified-since") ?? "");
  return Math.floor(modified.getTime() / 1000) * 1000 <= since;
}
