/** Builds a CA with many certificates in SQLite, for measurements. */
import { generateCrl, init } from "../../lib/ca/mod.ts";
import { insertCertificates } from "../../lib/ca/store/sql/mod.ts";
import { day, denoSystem, join } from "../../lib/system/mod.ts";
import { type Many, manyCertificates } from "./certificates.ts";

/** How many rows one transaction has. */
const batchSize = 10_000;

/**
 * A CA whose database was filled directly: to sign a million requests would take half an hour.
 *
 * @returns its data directory.
 */
export async function buildSqlite(home: string, many: Many): Promise<string> {
  const dataDirectory = join(home, `sqlite-${many.count}`);
  const options = { dataDirectory, lockTimeout: 1000, validity: 3650 * day, built: undefined };
  await init(denoSystem, {
    ...options,
    store: "sqlite",
    subject: "CN=Scale",
    keyType: "ecdsa-p256",
  });
  await generateCrl(denoSystem, { dataDirectory, lockTimeout: 1000, nextUpdate: 24 });
  const path = join(await Deno.realPath(dataDirectory), "ca.db");
  const access = "write";
  const database = await denoSystem.databases.openSqlite(path, { access, busyTimeout: 1000 });
  try {
    for (const batch of manyCertificates(many, batchSize)) {
      await database.transaction("write", () => insertCertificates(database, batch));
    }
  } finally {
    await database.close();
  }
  return dataDirectory;
}
