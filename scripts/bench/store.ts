/** Measures the stores of a CA with 100,000 certificates. `deno task scale N` does it with any number. */
import { measureStores } from "../scale/measure_stores.ts";

/** Measures and prints. */
export default async function benchStore(): Promise<void> {
  await measureStores(100_000);
}
