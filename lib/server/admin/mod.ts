/** What only the administrators of the machine may see: metrics, health, status. */
export { Counters } from "./counters.ts";
export { serverMetricFamilies } from "./metrics.ts";
export { adminRoutes, type AdminTerms } from "./routes.ts";
