/** Measures every kind of store. To add one, add a line here. */
import { join } from "../../lib/system/mod.ts";
import { writeRequests } from "../bench/requests.ts";
import { measureCrl } from "./measure_crl.ts";
import { measurePostgres } from "./measure_postgres.ts";
import { measureSqlite } from "./measure_sqlite.ts";

/** Builds in a temporary directory, measures and prints. @param count how many certificates. */
export async function measureStores(count: number): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "certswap-scale-" });
  try {
    const requests = await writeRequests(join(home, "requests"), 1000);
    await measureSqlite({ home, requests, count });
    await measurePostgres({ home, requests, count });
    await measureCrl({ home, requests, count });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
