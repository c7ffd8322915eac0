/** Builds a CA of many certificates on each store, and prints what its commands cost. */
//     deno task scale            100,000 certificates
//     deno task scale 1000000
import { measureStores } from "./scale/measure_stores.ts";

const [written = "100000", ...others] = Deno.args;
if (others.length > 0 || !/^[1-9]\d{2,7}$/.test(written)) {
  console.error("Error: give one number of certificates, from 100 to 99999999");
  Deno.exitCode = 2;
} else {
  await measureStores(Number(written));
}
