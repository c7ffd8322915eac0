/** The routes of the admin address: metrics, health, and the status as JSON. */
import type { CertswapError, HttpRequest, HttpResponse } from "../../system/mod.ts";
import type { ServerContext } from "../context.ts";
import { type CrlState, isLate } from "../crl/mod.ts";
import type { OcspState } from "../ocsp/mod.ts";
import { OverviewSource, overviewToJson } from "../page/mod.ts";
import { type Endpoint, type Route, textResponse, unavailable } from "../web/mod.ts";
import { Inventory } from "./inventory.ts";
import { Administrators } from "./login.ts";
import { formatServerMetrics } from "./metrics.ts";
import { pageRoutes } from "./page_routes.ts";
import { RolloverSource } from "./rollover.ts";
import { statusOf } from "./status.ts";

/** What the admin address tells about, besides the context. */
export interface AdminTerms {
  readonly crlState: CrlState;
  readonly ocsp: { readonly state: OcspState };
  /** Why the CA cannot sign now; `undefined` if it can. */
  readonly signFailure: () => CertswapError | undefined;
  /** Whether EST is served, if the settings say so. */
  readonly isEstServed: () => boolean;
  /** Open connections of all servers. */
  readonly connections: () => number;
  /** When the server was started. */
  readonly startedAt: Date;
}

/** The routes of the admin address. */
export function adminRoutes(context: ServerContext, terms: AdminTerms): readonly Route[] {
  const inventory = new Inventory(context);
  const overview = new OverviewSource(context);
  const rollover = new RolloverSource(context);
  const administrators = new Administrators(context);
  const refusalOf = async (request: HttpRequest): Promise<HttpResponse | undefined> => {
    const { adminLogin } = context.settings().serve;
    if (adminLogin !== undefined) return await administrators.refusalOf(request, adminLogin);
    return isForThisMachine(request) ? undefined : misdirected;
  };
  const get = (
    answer: (request: HttpRequest) => Promise<HttpResponse> | HttpResponse,
  ): Route["methods"] => {
    const endpoint: Endpoint = {
      bodyLimit: 0,
      answer: async (request) => await refusalOf(request) ?? await answer(request),
    };
    return { GET: endpoint };
  };
  return [
    ...pageRoutes(context, { terms, overview, rollover, get }),
    { path: "/healthz", methods: get(() => textResponse(200, "ok")) },
    {
      path: "/readyz",
      methods: get(() => {
        const reasons = reasonsNotReady(context, terms);
        return reasons.length === 0 ? textResponse(200, "ok") : unavailable(reasons.join("\n"));
      }),
    },
    {
      path: "/metrics",
      methods: get(async () => {
        const text = formatServerMetrics(context, {
          ...terms,
          counts: await inventory.counts(),
          rollover: await rollover.sight(),
        });
        const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
        return { ...textResponse(200, "", headers), body: new TextEncoder().encode(text) };
      }),
    },
    {
      path: "/status.json",
      methods: get(async () => {
        const counts = await inventory.counts();
        const status = {
          ...statusOf(context, { ...terms, counts, rollover: await rollover.sight() }),
          ...overviewToJson(await overview.overview()),
        };
        const headers = { "content-type": "application/json" };
        return textResponse(200, JSON.stringify(status, undefined, 2), headers);
      }),
    },
  ];
}

/** Why the server cannot do all of its work, one line each. */
export function reasonsNotReady(
  context: ServerContext,
  { signFailure, crlState, ocsp, isEstServed }: Pick<
    AdminTerms,
    "signFailure" | "crlState" | "ocsp" | "isEstServed"
  >,
): readonly string[] {
  const { system, watch, explain } = context;
  const unsigned = signFailure();
  const now = system.clock.now();
  const nextUpdate = watch.view.crl?.crl.nextUpdate;
  const { failure: ocspFailure } = ocsp.state;
  return [
    ...(watch.failure === undefined ? [] : [`reading the CA fails: ${explain(watch.failure)}`]),
    ...(unsigned === undefined ? [] : [`signing fails: ${explain(unsigned)}`]),
    ...(isEstServed() ? [] : ["EST is not served: there is no certificate for the server"]),
    ...(nextUpdate !== undefined && nextUpdate < now ? ["the CRL has expired"] : []),
    ...(isLate(context, now) ? ["the CRL is not being replaced"] : []),
    ...(crlState.failure === undefined
      ? []
      : [`issuing a CRL fails: ${explain(crlState.failure)}`]),
    ...(ocspFailure === undefined
      ? []
      : [`replacing the OCSP responder fails: ${explain(ocspFailure)}`]),
  ];
}

const misdirected = textResponse(
  421,
  "This address answers only for localhost. Use http://localhost or http://127.0.0.1 with this port.",
);

/**
 * Whether a request is meant for a loopback address. Otherwise a page on the web could lead its own name to
 * this machine, and have the browser of an administrator read what is here.
 */
function isForThisMachine(request: Pick<HttpRequest, "header">): boolean {
  const host = (request.header("host") ?? "localhost").replace(/:\d+$/, "");
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(host);
}
