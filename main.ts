import { denoWorld, runCertswap } from "./lib/cli/mod.ts";

Deno.exit(await runCertswap(Deno.args, denoWorld));
