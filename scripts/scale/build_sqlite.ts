/** Builds a CA with many certificates in SQLite, for measurements. */
import { generateCrl, init, sign } from "../../lib/ca/mod.ts";
import { insertCertificates } from "../../lib/ca/store/sql/mod.ts";
import { readPem } from "../../lib/x509/encoding/pem.ts";
import { day, denoSystem, join } from "../../lib/system/mod.ts";
import { type Many, manyCertificates } from "./certificates.ts";

/** How many rows one transaction has. */
const batchSize = 10_000;

/** Where to build, and how much. */
export interface Building extends Omit<Many, "der"> {
  readonly home: string;
  /** The path of a request, for the one certificate that is really issued. */
  readonly request: string;
}

/**
 * A CA whose database was filled directly: to sign a million requests would take half an hour.
 *
 * @returns its data directory.
 */
export async function buildSqlite(
  { home, request, count, revoked }: Building,
): Promise<string> {
  const dataDirectory = join(home, `sqlite-${count}-${revoked}`);
  const ca = { dataDirectory, lockTimeout: 1000 };
  await init(denoSystem, {
    ...ca,
    store: "sqlite",
    subject: "CN=Scale",
    keyType: "ecdsa-p256",
    validity: 3650 * day,
    built: undefined,
  });
  const { issued: [issued] } = await sign(denoSystem, {
    ...ca,
    requests: [request],
    onBadRequest: "stop",
    validity: 90 * day,
  });
  const [block] = readPem(issued?.chain ?? new Uint8Array(), { limit: 64 * 1024 });
  await generateCrl(denoSystem, { ...ca, nextUpdate: 24 });
  const path = join(await Deno.realPath(dataDirectory), "ca.db");
  const access = "write";
  const database = await denoSystem.databases.openSqlite(path, { access, busyTimeout: 1000 });
  try {
    const der = block?.der ?? new Uint8Array();
    for (const batch of manyCertificates({ count, revoked, der }, batchSize)) {
      await database.transaction("write", () => insertCertificates(database, batch));
    }
  } finally {
    await database.close();
  }
  return dataDirectory;
}
