/** What a CA publishes for everyone: its CRL and its certificates. */
export { publicationRoutes } from "./routes.ts";
