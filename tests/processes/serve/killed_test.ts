/** SIGKILL of a real server under load. PostgreSQL: tests/interop/postgres. */
import { withServedCa } from "../../support/served_ca.ts";
import { requireEveryAnswerKept } from "./killed.ts";

for (const store of ["directory", "sqlite"]) {
  Deno.test(`${store}: a server killed under load has every certificate that it has handed out`, async () => {
    await withServedCa(requireEveryAnswerKept, { init: ["--store", store] });
  });
}
