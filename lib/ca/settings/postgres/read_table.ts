/** What the table `[postgres]` means, and what in it contradicts itself. */
import { type KeyPath, keyText, type TomlReading } from "../../../toml/read/mod.ts";
import type { OwnSettingMistake, SettingExpectation } from "../errors.ts";
import type { PostgresTable } from "./schema.ts";
import type { PostgresSettings, PostgresTlsSettings } from "./settings.ts";

type Reading = TomlReading<SettingExpectation, OwnSettingMistake>;

/** The settings of the table. Mistakes are added to the reading. */
export function readPostgres(reading: Reading, table: PostgresTable): PostgresSettings {
  const { host, port, database, user, schema } = table;
  checkProtection(reading, table);
  return {
    host,
    port,
    database,
    user,
    schema,
    passwordFile: table.password_file,
    tls: tlsOf(reading, table),
    connectTimeout: table.connect_timeout,
    statementTimeout: table.statement_timeout,
  };
}

/** Over a network there is TLS. To this machine there is TLS too, unless the file says that there is none. */
function checkProtection(reading: Reading, { host, tls }: PostgresTable): void {
  const isSocket = host.startsWith("/");
  if (isSocket && tls !== undefined && tls !== false) {
    report(reading, ["tls"], (key) => ({ kind: "tls-on-socket", key }));
  }
  if (isSocket) return;
  if (tls === undefined) reading.missing(["postgres", "tls"], "database-tls");
  if (tls === false && !isLoopback(host)) {
    report(reading, ["tls"], (key) => ({ kind: "no-tls-on-network", key, host }));
  }
}

/** Whether only this machine can be reached by a name or an address (RFC 1122 3.2.1.3, RFC 4291 2.5.3). */
function isLoopback(host: string): boolean {
  return host === "localhost" || /^127(?:\.\d+){3}$/.test(host) || host === "::1";
}

function tlsOf(reading: Reading, { tls }: PostgresTable): PostgresTlsSettings | undefined {
  if (tls === undefined || tls === false) return undefined;
  const { ca, certificate, key } = tls;
  if (certificate !== undefined && key === undefined) {
    reading.missing(["postgres", "tls", "key"], "absolute-path");
  }
  if (key !== undefined && certificate === undefined) {
    reading.missing(["postgres", "tls", "certificate"], "absolute-path");
  }
  const isPair = certificate !== undefined && key !== undefined;
  return { ca, identity: isPair ? { certificate, key } : undefined };
}

function report(
  reading: Reading,
  below: KeyPath,
  mistake: (key: string) => OwnSettingMistake,
): void {
  const key = ["postgres", ...below];
  reading.problem(key, mistake(keyText(key)));
}
