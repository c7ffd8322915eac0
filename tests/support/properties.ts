/** Property tests that try the same inputs in every run; `CERTSWAP_TEST_SEED` tries others. */
import fc from "fast-check";

/*
 * A test that draws other inputs in every run stops a change that has nothing to do with what it finds.
 * New inputs are what `deno task fuzz` and a seed by hand are for.
 */
fc.configureGlobal({ seed: Number(Deno.env.get("CERTSWAP_TEST_SEED") ?? 1) });

export default fc;
