/** The schema of the table `[postgres]` of `ca.toml`. */
import * as v from "valibot";
import { hour, readDuration, second } from "../../../system/mod.ts";
import * as words from "../../../toml/read/mod.ts";
import { encodeAlternativeName, parseIpAddress } from "../../../x509/mod.ts";
import type { SettingExpectation } from "../errors.ts";

/** A host name, an address, or the directory of a socket. */
const host = words.string(
  "database-host" satisfies SettingExpectation,
  // A path in a Unix socket address has at most 107 bytes, see unix(7): the name in it is ".s.PGSQL.65535".
  (written) =>
    written.startsWith("/")
      ? new TextEncoder().encode(written).length <= 92 && /^\/[^\0]*[^/\0]$/.test(written)
      : parseIpAddress(written) !== undefined ||
        (/^[A-Za-z0-9._-]+$/.test(written) && encodeAlternativeName(`DNS:${written}`).length > 0),
);

/** A name in SQL. The server cuts longer ones off (PostgreSQL, "Identifiers and Key Words"). */
const name = words.string(
  "database-name" satisfies SettingExpectation,
  // deno-lint-ignore no-control-regex
  (written) => /^[^\0-\x1f\x7f]+$/.test(written) && new TextEncoder().encode(written).length <= 63,
);

/** Without quotes: it is also a part of `search_path`. */
const schemaName = words.string(
  "database-schema" satisfies SettingExpectation,
  (written) => /^[a-z_][a-z0-9_]{0,62}$/.test(written) && !written.startsWith("pg_"),
);

const port = v.pipe(
  v.number("port" satisfies SettingExpectation),
  v.integer("port" satisfies SettingExpectation),
  v.minValue(1, "port" satisfies SettingExpectation),
  v.maxValue(65_535, "port" satisfies SettingExpectation),
);

const timeout = words.text("database-timeout" satisfies SettingExpectation, (written) => {
  const milliseconds = readDuration(written);
  const isIn = milliseconds !== undefined && milliseconds >= second && milliseconds <= hour;
  return isIn ? milliseconds : undefined;
});

/** The table `[postgres.tls]`. */
export const tlsTable = v.object({
  ca: words.path,
  certificate: v.exactOptional(words.path),
  key: v.exactOptional(words.path),
}, "database-tls" satisfies SettingExpectation);

/** A table, or `false`. */
const tls = v.lazy((written) =>
  written === false ? v.literal(false, "database-tls" satisfies SettingExpectation) : tlsTable
);

/** The table `[postgres]`. */
export const postgresTable = v.object({
  host,
  port: v.optional(port, 5432),
  database: name,
  user: name,
  schema: v.optional(schemaName, "certswap"),
  password_file: v.exactOptional(words.path),
  tls: v.exactOptional(tls),
  connect_timeout: v.optional(timeout, "10s"),
  statement_timeout: v.optional(timeout, "30s"),
}, "table" satisfies SettingExpectation);

/** The result of {@linkcode postgresTable}. */
export type PostgresTable = v.InferOutput<typeof postgresTable>;
