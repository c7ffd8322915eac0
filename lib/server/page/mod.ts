/** The page of a server, for people. */
export { OverviewSource, overviewToJson } from "./overview.ts";
export { type PageContent, pageOf } from "./page.ts";
export { devicesOf, type RolloverSight, rolloverToJson } from "./rollover.ts";
export { style } from "./style.ts";
