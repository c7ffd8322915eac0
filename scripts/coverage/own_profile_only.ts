/** Loaded before each test file of a coverage run: the programs that tests start write no profile. */
/*
 * Programs that the tests start would otherwise write profiles of their own, as whoever they run as and
 * however they end: half a profile cannot be read.
 */
Deno.env.delete("DENO_COVERAGE_DIR");
