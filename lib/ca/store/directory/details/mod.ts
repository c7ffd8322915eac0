/** `details.jsonl`: what `index.json` cannot hold about a certificate. */
export { appendToDetails, detailsLimit, type DetailsLine } from "./append.ts";
