/** Loaded before each test file: keeps programs that tests start from writing coverage profiles. */
/*
 * Programs that the tests start would otherwise write profiles of their own. Some run as another user, and
 * some are killed: an incomplete profile cannot be read.
 */
Deno.env.delete("DENO_COVERAGE_DIR");
