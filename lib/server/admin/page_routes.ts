/** The routes of the page: the overview or a search, and its style sheet. */
import { CertswapError, type HttpRequest, type HttpResponse } from "../../system/mod.ts";
import type { ServerContext } from "../context.ts";
import { type OverviewSource, pageOf, style } from "../page/mod.ts";
import { type Route, textResponse } from "../web/mod.ts";
import type { RolloverSource } from "./rollover.ts";
import { type AdminTerms, reasonsNotReady } from "./routes.ts";

/** The longest text that is searched for, in characters. */
const wordsLimit = 200;

/**
 * What a browser may do with the page: load its style sheet, send its form here, and nothing else (Content
 * Security Policy Level 3). Nothing of it is kept in a cache, or told to another site.
 */
const headers = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; " +
    "base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Makes the methods of a route that only answers GET for this machine. */
type Get = (
  answer: (request: HttpRequest) => Promise<HttpResponse> | HttpResponse,
) => Route["methods"];

/** The routes of the page. */
export function pageRoutes(
  context: ServerContext,
  { terms, overview: source, rollover, get }: {
    readonly terms: AdminTerms;
    readonly overview: OverviewSource;
    readonly rollover: RolloverSource;
    readonly get: Get;
  },
): readonly Route[] {
  return [
    {
      path: "/",
      methods: get(async ({ query }) => {
        const words = wordsIn(query);
        const page = pageOf(context, {
          overview: await source.overview(),
          notReady: reasonsNotReady(context, terms),
          ocsp: terms.ocsp.state,
          rollover: await rollover.sight(),
          startedAt: terms.startedAt,
          search: words === undefined ? undefined : await searched(source, words),
        });
        return { ...textResponse(200, "", headers), body: new TextEncoder().encode(page) };
      }),
    },
    {
      path: "/style.css",
      methods: get(() => textResponse(200, style, { "content-type": "text/css; charset=utf-8" })),
    },
  ];
}

function wordsIn(query = ""): string | undefined {
  const words = new URLSearchParams(query).get("q")?.trim().slice(0, wordsLimit).toWellFormed();
  return words === "" ? undefined : words;
}

/** `undefined`: the CA cannot be read, which the page says anyway. */
async function searched(
  source: OverviewSource,
  words: string,
): Promise<Parameters<typeof pageOf>[1]["search"]> {
  try {
    return { words, found: await source.search(words) };
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    return undefined;
  }
}
