/** What the table `[serve]` means, and what in it contradicts itself. */
import { present } from "../../../system/mod.ts";
import { type KeyPath, keyText, type TomlReading } from "../../../toml/read/mod.ts";
import type { OwnSettingMistake, SettingExpectation } from "../errors.ts";
import { type EstTable, isLoopback, type ServeTable } from "./schema.ts";
import {
  type AdminLogin,
  type EstSettings,
  type ServeIdentity,
  type ServeSettings,
  standardEst,
  standardServe,
} from "./settings.ts";

type Reading = TomlReading<SettingExpectation, OwnSettingMistake>;

/** The settings of the table. Mistakes are added to the reading. */
export function readServe(reading: Reading, table: ServeTable): ServeSettings {
  const { est, http, admin, connections } = table;
  const { limits } = standardServe;
  checkAddresses(reading, table);
  return {
    est,
    http,
    admin,
    adminLogin: loginOf(table),
    identity: identityOf(reading, table),
    limits: {
      connections: connections ?? limits.connections,
      connectionsPerAddress: table.connections_per_address ??
        Math.min(limits.connectionsPerAddress, connections ?? Infinity),
      requestsPerMinute: table.requests_per_minute ?? limits.requestsPerMinute,
    },
  };
}

/** The settings of the table `[est]`. */
export function readEst(table: EstTable): EstSettings {
  return {
    superseded: table.superseded ?? standardEst.superseded,
    expiredGrace: table.expired_grace ?? standardEst.expiredGrace,
    byHand: table.by_hand ?? standardEst.byHand,
    ...present({ predecessor: table.predecessor }),
  };
}

const kinds = ["est", "http", "admin"] as const;

function checkAddresses(reading: Reading, table: ServeTable): void {
  for (const [index, kind] of kinds.entries()) {
    const address = table[kind];
    if (address === undefined) continue;
    const other = kinds.slice(0, index).find((other) =>
      table[other]?.port === address.port && table[other]?.host === address.host
    );
    if (other === undefined) continue;
    report(reading, [kind], (key) => ({ kind: "same-address", key, other: `serve.${other}` }));
  }
  if (table.admin !== undefined && !isLoopback(table.admin) && loginOf(table) === undefined) {
    report(reading, ["admin"], (key) => ({ kind: "not-loopback", key }));
  }
}

function loginOf(
  { admin_password_file: passwordFile, admin_client_ca: clientCa }: ServeTable,
): AdminLogin | undefined {
  return passwordFile === undefined && clientCa === undefined
    ? undefined
    : { passwordFile, clientCa };
}

function identityOf(reading: Reading, table: ServeTable): ServeIdentity | undefined {
  const { est, admin, names, certificate, key } = table;
  const hasTls = est !== undefined || (admin !== undefined && loginOf(table) !== undefined);
  if (certificate !== undefined && key === undefined) {
    reading.missing(["serve", "key"], "absolute-path");
  }
  if (key !== undefined && certificate === undefined) {
    reading.missing(["serve", "certificate"], "absolute-path");
  }
  const [first, ...others] = names ?? [];
  if (certificate !== undefined && key !== undefined) {
    if (first !== undefined) {
      report(reading, ["names"], (key) => ({ kind: "either-or", key, other: "serve.certificate" }));
    }
    return { from: "files", certificate, key };
  }
  if (first !== undefined) return { from: "ca", names: [first, ...others] };
  if (hasTls && certificate === undefined && key === undefined) {
    reading.missing(["serve", "names"], "server-names");
  }
  return undefined;
}

function report(
  reading: Reading,
  below: KeyPath,
  mistake: (key: string) => OwnSettingMistake,
): void {
  const key = ["serve", ...below];
  reading.problem(key, mistake(keyText(key)));
}
