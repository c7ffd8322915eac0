import type { Databases } from "../../../lib/system/mod.ts";

/** No database can run on a simulated disk. */
export const noDatabases: Databases = {
  openSqlite: () => Promise.reject(new TypeError("no database on a simulated disk")),
  makeSqlite: () => Promise.reject(new TypeError("no database on a simulated disk")),
  openPostgres: () => Promise.reject(new TypeError("no database on a simulated disk")),
  credentials: () => undefined,
};
