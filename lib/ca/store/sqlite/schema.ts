/** The schema of an SQLite store. */
import type { SqlDatabase } from "../../../system/mod.ts";
import { WrongDatabaseError } from "../../errors.ts";
import { certificateColumns } from "../sql/mod.ts";

/** `application_id`: marks the database as one of certswap. "cswp" in ASCII. */
export const applicationId = 0x63737770;

/** `user_version`: raised with every change of the schema. */
export const schemaVersion = 1;

/**
 * The statements that create it. A certificate's number is its place in the order of issue. Serial numbers
 * are 20 bytes, so that they sort. Times are RFC 3339 (UTC, to the second), so that they sort too.
 */
export const schema = `
PRAGMA application_id = ${applicationId};
PRAGMA user_version = ${schemaVersion};

CREATE TABLE ca (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  key_identifier BLOB NOT NULL,
  next_serial TEXT NOT NULL,
  next_crl_number TEXT NOT NULL,
  -- No longer used: the CRL is in shard_crls.
  crl BLOB,
  crl_files_due INTEGER NOT NULL DEFAULT 0,
  shard_templates BLOB,
  published_crl TEXT,
  last_change TEXT NOT NULL,
  moved_to TEXT
) STRICT;

CREATE TABLE certificates (
  number INTEGER PRIMARY KEY,
  serial BLOB NOT NULL UNIQUE CHECK (length(serial) = 20),
  subject TEXT NOT NULL,
  not_before TEXT NOT NULL,
  not_after TEXT NOT NULL,
  revoked_at TEXT,
  revocation_reason TEXT,
  der BLOB,
  profile TEXT,
  names TEXT,
  requested_by TEXT,
  key BLOB,
  superseded_by BLOB,
  imported_from TEXT,
  shard INTEGER,
  CHECK ((revoked_at IS NULL) = (revocation_reason IS NULL))
) STRICT;

CREATE INDEX certificates_subject ON certificates (subject);
CREATE INDEX certificates_key ON certificates (key) WHERE key IS NOT NULL;
CREATE INDEX certificates_profile ON certificates (profile) WHERE profile IS NOT NULL;
CREATE INDEX certificates_end ON certificates (not_after) WHERE revoked_at IS NULL;
-- With everything that a CRL needs: the certificates themselves are not read for it.
CREATE INDEX certificates_revoked
  ON certificates (number, serial, not_after, revoked_at, revocation_reason, shard)
  WHERE revoked_at IS NOT NULL;

CREATE TABLE names (
  name TEXT NOT NULL,
  certificate INTEGER NOT NULL REFERENCES certificates (number) ON DELETE CASCADE,
  PRIMARY KEY (name, certificate)
) STRICT, WITHOUT ROWID;

CREATE INDEX names_certificate ON names (certificate);

-- Shard 0 is the CRL of the CA itself.
CREATE TABLE shard_crls (
  shard INTEGER PRIMARY KEY,
  crl BLOB NOT NULL
) STRICT;

CREATE TABLE enrolments (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE history (
  sequence INTEGER PRIMARY KEY,
  time TEXT NOT NULL,
  kind TEXT NOT NULL,
  serial TEXT,
  other_serial TEXT,
  line TEXT NOT NULL
) STRICT;

CREATE INDEX history_serial ON history (serial) WHERE serial IS NOT NULL;
CREATE INDEX history_other_serial ON history (other_serial) WHERE other_serial IS NOT NULL;
`;

/** Checks that a database has this schema. @throws WrongDatabaseError, DatabaseError */
export async function requireSchema(database: SqlDatabase): Promise<void> {
  const [{ application_id: id } = {}] = await database.query("PRAGMA application_id");
  if (id !== applicationId) throw new WrongDatabaseError(database.name, "not-a-ca");
  const [{ user_version: version } = {}] = await database.query("PRAGMA user_version");
  if (version !== schemaVersion) {
    const isNewer = typeof version === "number" && version > schemaVersion;
    throw new WrongDatabaseError(database.name, isNewer ? "newer-schema" : "older-schema");
  }
  // A missing column is found by every command, also by one that does not need it.
  await database.query(`SELECT ${certificateColumns} FROM certificates LIMIT 0`);
}
