/** Runs certswap with a clock that is behind. Arguments: how many days, then certswap's own. */
import { denoWorld, runCertswap } from "../../../lib/cli/mod.ts";
import { day, denoSystem } from "../../../lib/system/mod.ts";

const [days = "0", ...words] = Deno.args;
const clock = {
  ...denoSystem.clock,
  now: () => new Date(Date.now() - Number(days) * day),
};
Deno.exit(await runCertswap(words, { ...denoWorld, system: { ...denoSystem, clock } }));
