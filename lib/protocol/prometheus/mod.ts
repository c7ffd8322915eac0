/** Metrics as Prometheus reads them. */
export { formatFamily, type MetricFamily, seriesOf, seriesWith, toNumber } from "./text.ts";
