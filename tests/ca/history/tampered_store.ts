/** Changes a CA's store behind certswap's back: in each kind of store, the same changes. */
import { denoSystem, type SqlValue } from "../../../lib/system/mod.ts";
import { parseEvent } from "../../../lib/ca/store/history/event.ts";
import { readPem } from "../../../lib/x509/encoding/pem.ts";
import type { TestCa } from "../../support/ca.ts";

/** Fields of a record that are changed. */
export interface RecordEdit {
  readonly subject?: string;
  readonly notAfter?: string;
  readonly reason?: string;
  readonly revokedAt?: string;
  /** Removes the revocation. */
  readonly isActive?: boolean;
}

/** What an attacker, or an older version of certswap, does to a store. */
export interface TamperedStore {
  readonly name: "directory" | "sqlite";
  editRecord(ca: TestCa, serial: string, edit: RecordEdit): Promise<void>;
  /** Removes the record, the certificate and its details. */
  removeCertificate(ca: TestCa, serial: string): Promise<void>;
  /** Adds a certificate, PEM, with a record. */
  addCertificate(ca: TestCa, serial: string, pem: string): Promise<void>;
  replaceCertificate(ca: TestCa, serial: string, pem: string): Promise<void>;
  editDetails(ca: TestCa, serial: string, field: "profile" | "names", value: string): Promise<void>;
  /** Replaces all lines of the history by those that `edit` returns. */
  editHistory(ca: TestCa, edit: (lines: string[]) => string[]): Promise<void>;
  setCounter(ca: TestCa, name: "serial" | "crlnumber", value: string): Promise<void>;
  /** Replaces the last CRL, PEM. */
  replaceCrl(ca: TestCa, pem: string): Promise<void>;
}

const derOf = (pem: string): Uint8Array => {
  const [block] = readPem(new TextEncoder().encode(pem), { limit: 1024 * 1024 });
  if (block === undefined) throw new Error("no PEM block");
  return block.der;
};

type Entry = Record<string, string>;

function editIndex(ca: TestCa, edit: (entries: Entry[]) => Entry[]): void {
  const entries = edit(JSON.parse(ca.read("index.json")) as Entry[]);
  ca.write("index.json", `${JSON.stringify(entries, undefined, 2)}\n`);
}

const directory: TamperedStore = {
  name: "directory",
  // deno-lint-ignore require-await
  async editRecord(ca, serial, { subject, notAfter, reason, revokedAt, isActive }) {
    editIndex(ca, (entries) =>
      entries.map((entry) =>
        entry["serial"] !== serial ? entry : {
          ...entry,
          ...(subject === undefined ? {} : { subject }),
          ...(notAfter === undefined ? {} : { "not_after": notAfter }),
          ...(reason === undefined ? {} : { "revocation_reason": reason }),
          ...(revokedAt === undefined ? {} : { "revoked_at": revokedAt }),
          ...(isActive ? { status: "active", "revoked_at": "", "revocation_reason": "" } : {}),
        }
      ));
  },
  // deno-lint-ignore require-await
  async removeCertificate(ca, serial) {
    editIndex(ca, (entries) => entries.filter((entry) => entry["serial"] !== serial));
    const lines = ca.read("details.jsonl").split("\n");
    ca.write(
      "details.jsonl",
      lines.filter((line) => !line.includes(`"serial":"${serial}"`)).join("\n"),
    );
    Deno.removeSync(ca.path(`certs/${serial}.pem`));
  },
  // deno-lint-ignore require-await
  async addCertificate(ca, serial, pem) {
    editIndex(ca, (entries) => [...entries, { ...entries.at(-1), serial }]);
    ca.write(`certs/${serial}.pem`, pem);
  },
  // deno-lint-ignore require-await
  async replaceCertificate(ca, serial, pem) {
    ca.write(`certs/${serial}.pem`, pem);
  },
  // deno-lint-ignore require-await
  async editDetails(ca, serial, field, value) {
    const changed = field === "names" ? [value] : value;
    ca.write(
      "details.jsonl",
      `${ca.read("details.jsonl")}${JSON.stringify({ serial, [field]: changed })}\n`,
    );
  },
  // deno-lint-ignore require-await
  async editHistory(ca, edit) {
    const lines = edit(ca.read("history.jsonl").trimEnd().split("\n"));
    ca.write("history.jsonl", lines.map((line) => `${line}\n`).join(""));
  },
  // deno-lint-ignore require-await
  async setCounter(ca, name, value) {
    ca.write(name, `${value}\n`);
  },
  // deno-lint-ignore require-await
  async replaceCrl(ca, pem) {
    ca.write("ca.crl", pem);
    Deno.writeFileSync(ca.path("ca.crl.der"), derOf(pem));
  },
};

async function query(
  ca: TestCa,
  ...statements: readonly (readonly [sql: string, ...parameters: SqlValue[]])[]
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const database = await denoSystem.databases.openSqlite(ca.path("ca.db"), {
    access: "write",
    busyTimeout: 1000,
  });
  try {
    let rows: readonly Readonly<Record<string, unknown>>[] = [];
    for (const [sql, ...parameters] of statements) rows = await database.query(sql, parameters);
    return rows;
  } finally {
    await database.close();
  }
}

const id = (serial: string): Uint8Array => Uint8Array.fromHex(serial.padStart(40, "0"));

const sqlite: TamperedStore = {
  name: "sqlite",
  async editRecord(ca, serial, { subject, notAfter, reason, revokedAt, isActive }) {
    const set = async (column: string, value: SqlValue): Promise<void> => {
      await query(ca, [
        `UPDATE certificates SET ${column} = ? WHERE serial = ?`,
        value,
        id(serial),
      ]);
    };
    if (subject !== undefined) await set("subject", subject);
    if (notAfter !== undefined) await set("not_after", notAfter);
    if (reason !== undefined || revokedAt !== undefined) {
      await query(ca, [
        "UPDATE certificates SET revoked_at = coalesce(?, revoked_at), " +
        "revocation_reason = coalesce(?, revocation_reason) WHERE serial = ?",
        revokedAt ?? null,
        reason ?? null,
        id(serial),
      ]);
    }
    if (isActive) {
      await query(ca, [
        "UPDATE certificates SET revoked_at = NULL, revocation_reason = NULL WHERE serial = ?",
        id(serial),
      ]);
    }
  },
  async removeCertificate(ca, serial) {
    await query(ca, ["DELETE FROM certificates WHERE serial = ?", id(serial)]);
  },
  async addCertificate(ca, serial, pem) {
    await query(ca, [
      "INSERT INTO certificates (serial, subject, not_before, not_after, der) " +
      "SELECT ?, subject, not_before, not_after, ? FROM certificates ORDER BY number DESC LIMIT 1",
      id(serial),
      derOf(pem),
    ]);
  },
  async replaceCertificate(ca, serial, pem) {
    await query(ca, ["UPDATE certificates SET der = ? WHERE serial = ?", derOf(pem), id(serial)]);
  },
  async editDetails(ca, serial, field, value) {
    const changed = field === "names" ? JSON.stringify([value]) : value;
    await query(ca, [`UPDATE certificates SET ${field} = ? WHERE serial = ?`, changed, id(serial)]);
  },
  async editHistory(ca, edit) {
    const rows = await query(ca, ["SELECT line FROM history ORDER BY sequence"]);
    const lines = edit(rows.map(({ line }) => String(line)));
    await query(
      ca,
      ["DELETE FROM history"],
      ...lines.map((line, index) =>
        [
          "INSERT INTO history (sequence, time, kind, serial, other_serial, line) " +
          "VALUES (?, ?, ?, ?, ?, ?)",
          index + 1,
          ...columnsOf(line),
          line,
        ] as const
      ),
    );
  },
  async setCounter(ca, name, value) {
    const column = name === "serial" ? "next_serial" : "next_crl_number";
    await query(ca, [`UPDATE ca SET ${column} = ?`, value]);
  },
  async replaceCrl(ca, pem) {
    await query(ca, ["UPDATE shard_crls SET crl = ? WHERE shard = 0", derOf(pem)]);
    ca.write("ca.crl", pem);
    Deno.writeFileSync(ca.path("ca.crl.der"), derOf(pem));
  },
};

/** The kinds of store. */
export const tamperedStores: readonly TamperedStore[] = [directory, sqlite];

/** What an entry is found by: its time, its kind and its certificates. */
function columnsOf(line: string): readonly [string, string, string | null, string | null] {
  const { time = "", kind = "", serial, supersededBy } = parseEvent(line) ?? {};
  return [time, kind, serial ?? null, supersededBy ?? null];
}
