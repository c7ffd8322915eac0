/** The CRL and the certificates of the CA, as DER and PEM. */
import type { ServerContext } from "../context.ts";
import type { CaView } from "../watch/mod.ts";
import {
  type Endpoint,
  type Resource,
  resourceResponse,
  type Route,
  textResponse,
} from "../web/mod.ts";

/** What is served under which path, over plain HTTP: RFC 5280 4.2.1.13 and 4.2.2.1 have no use for TLS. */
const published: Readonly<Record<string, (view: CaView) => Resource | undefined>> = {
  "/ca.crl": ({ crl }) => crl?.der,
  "/ca.crl.pem": ({ crl }) => crl?.pem,
  "/ca.crt": ({ certificate }) => certificate.der,
  "/ca.pem": ({ certificate }) => certificate.pem,
};

/** The routes of what a CA publishes. They answer from memory. */
export function publicationRoutes({ system, watch }: ServerContext): readonly Route[] {
  const endpoint = (select: (path: string) => Resource | undefined): Endpoint => ({
    bodyLimit: 0,
    answer(request) {
      const resource = select(request.path);
      return resource === undefined
        ? textResponse(404, "This CA has issued no CRL yet.")
        : resourceResponse(request, resource, system.clock.now());
    },
  });
  const fixed = Object.entries(published).map(([path, select]): Route => ({
    path,
    methods: { GET: endpoint(() => select(watch.view)) },
  }));
  // The paths in the distribution points of certificates: they may be added while the server runs.
  const shards: Route = {
    path: "shard CRL",
    matches: (path) => watch.view.shards.has(path),
    methods: { GET: endpoint((path) => watch.view.shards.get(path)) },
  };
  return [...fixed, shards];
}
