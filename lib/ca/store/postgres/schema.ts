/** The schema of a store in PostgreSQL, with the rights of its two roles. */
import type { SqlDatabase } from "../../../system/mod.ts";
import { WrongDatabaseError } from "../../errors.ts";

/** Raised with every change of the schema. */
export const schemaVersion = 1;

/** The names in the schema. */
export interface SchemaNames {
  /** The schema with the tables. */
  readonly schema: string;
  /** The role that owns the tables, and applies the schema. */
  readonly owner: string;
  /** The role of the front ends: certswap logs in as this role. */
  readonly user: string;
}

/**
 * The statements that create the schema and the rights of the front ends, for psql. certswap never runs them.
 *
 * A certificate's number is its place in the order of issue. Serial numbers are 20 bytes, so that they sort.
 * Times are RFC 3339 (UTC, to the second), so that they sort too: by bytes, in every locale.
 */
export function schemaText({ schema, owner, user }: SchemaNames): string {
  const [into, by, to] = [schema, owner, user].map(quoted);
  const [owning, using] = [owner, user].map(literal);
  return `-- The tables of a CA in PostgreSQL, schema version ${schemaVersion}. Run it once, in an empty
-- database, as a superuser (or as a member of both roles, if they exist):
--
--   certswap ca schema | psql -v ON_ERROR_STOP=1 -d DATABASE
--
-- ${oneLine(owner)} owns the tables. ${
    oneLine(user)
  } is the role of the front ends: certswap logs in as it. It can add
-- rows and revoke certificates, but not delete or rewrite what was issued.

BEGIN;

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${owning}) THEN
    CREATE ROLE ${by} NOLOGIN;
  END IF;
  -- Set its password with \\password, or let it log in with a client certificate.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${using}) THEN
    CREATE ROLE ${to} LOGIN;
  END IF;
END $$;

CREATE SCHEMA ${into} AUTHORIZATION ${by};
SET LOCAL ROLE ${by};
SET LOCAL search_path = ${into}, pg_temp;

CREATE TABLE schema_version (
  only_row integer PRIMARY KEY DEFAULT 1 CHECK (only_row = 1),
  version integer NOT NULL
);
INSERT INTO schema_version (version) VALUES (${schemaVersion});

CREATE TABLE ca (
  only_row integer PRIMARY KEY CHECK (only_row = 1),
  key_identifier bytea NOT NULL,
  next_serial text COLLATE "C" NOT NULL,
  next_crl_number text COLLATE "C" NOT NULL,
  -- No longer used: the CRL is in shard_crls.
  crl bytea,
  crl_files_due integer NOT NULL DEFAULT 0,
  shard_templates bytea,
  published_crl text COLLATE "C",
  last_change text COLLATE "C" NOT NULL,
  moved_to text,
  -- 0 until the files of the CA exist.
  ready integer NOT NULL DEFAULT 0
);

CREATE TABLE certificates (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  serial bytea NOT NULL UNIQUE CHECK (length(serial) = 20),
  subject text COLLATE "C" NOT NULL,
  not_before text COLLATE "C" NOT NULL,
  not_after text COLLATE "C" NOT NULL,
  revoked_at text COLLATE "C",
  revocation_reason text COLLATE "C",
  der bytea,
  profile text COLLATE "C",
  names text COLLATE "C",
  requested_by text,
  key bytea,
  superseded_by bytea,
  imported_from text,
  shard integer,
  CHECK ((revoked_at IS NULL) = (revocation_reason IS NULL))
);

CREATE INDEX certificates_subject ON certificates (subject);
CREATE INDEX certificates_key ON certificates (key) WHERE key IS NOT NULL;
CREATE INDEX certificates_end ON certificates (not_after) WHERE revoked_at IS NULL;
-- With everything that a CRL needs: the certificates themselves are not read for it.
CREATE INDEX certificates_revoked
  ON certificates (number) INCLUDE (serial, not_after, revoked_at, revocation_reason, shard)
  WHERE revoked_at IS NOT NULL;

CREATE TABLE names (
  name text COLLATE "C" NOT NULL,
  certificate bigint NOT NULL REFERENCES certificates (number) ON DELETE CASCADE,
  PRIMARY KEY (name, certificate)
);

CREATE INDEX names_certificate ON names (certificate);

-- Shard 0 is the CRL of the CA itself.
CREATE TABLE shard_crls (
  shard integer PRIMARY KEY,
  crl bytea NOT NULL
);

-- One-time secrets (their hashes), and requests that wait for a person.
CREATE TABLE enrolments (
  kind text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  content text NOT NULL,
  PRIMARY KEY (kind, id)
);

CREATE TABLE history (
  sequence bigint PRIMARY KEY,
  time text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  serial text COLLATE "C",
  other_serial text COLLATE "C",
  line text NOT NULL
);

CREATE INDEX history_serial ON history (serial) WHERE serial IS NOT NULL;
CREATE INDEX history_other_serial ON history (other_serial) WHERE other_serial IS NOT NULL;

-- The marks of recent changes: whether a COMMIT took place whose answer was lost is looked up here.
CREATE TABLE changes (
  mark text COLLATE "C" PRIMARY KEY,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX changes_made_at ON changes (made_at);

CREATE FUNCTION keep_revocation() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF OLD.revoked_at IS NOT NULL
    AND (NEW.revoked_at, NEW.revocation_reason)
      IS DISTINCT FROM (OLD.revoked_at, OLD.revocation_reason) THEN
    RAISE EXCEPTION 'a revocation is final' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER keep_revocation BEFORE UPDATE ON certificates
  FOR EACH ROW EXECUTE FUNCTION keep_revocation();

CREATE FUNCTION keep_ca() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF OLD.ready <> 0 AND (NEW.ready = 0 OR NEW.key_identifier <> OLD.key_identifier) THEN
    RAISE EXCEPTION 'the CA of a database cannot be replaced'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  -- Numbers in hexadecimal without leading zeros: of two, the longer one is larger.
  IF OLD.ready <> 0 AND (
    (length(NEW.next_crl_number), NEW.next_crl_number)
      < (length(OLD.next_crl_number), OLD.next_crl_number)
    OR (length(NEW.next_serial), NEW.next_serial) < (length(OLD.next_serial), OLD.next_serial)
  ) THEN
    RAISE EXCEPTION 'a counter cannot be lowered' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER keep_ca BEFORE UPDATE ON ca FOR EACH ROW EXECUTE FUNCTION keep_ca();

GRANT USAGE ON SCHEMA ${into} TO ${to};
GRANT SELECT ON schema_version TO ${to};
GRANT SELECT, INSERT ON ca TO ${to};
GRANT UPDATE (key_identifier, next_serial, next_crl_number, crl, crl_files_due, shard_templates,
  published_crl, last_change, moved_to, ready) ON ca TO ${to};
GRANT SELECT, INSERT ON certificates TO ${to};
GRANT UPDATE (revoked_at, revocation_reason, superseded_by) ON certificates TO ${to};
GRANT SELECT, INSERT ON names TO ${to};
GRANT SELECT, INSERT, UPDATE ON shard_crls TO ${to};
GRANT SELECT, INSERT, UPDATE, DELETE ON enrolments TO ${to};
GRANT SELECT, INSERT ON history TO ${to};
GRANT SELECT, INSERT, DELETE ON changes TO ${to};

COMMIT;
`;
}

/** A name, quoted (PostgreSQL, "Identifiers and Key Words"). */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string, quoted (PostgreSQL, "String Constants"). It has no control characters. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name in a comment. */
function oneLine(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/g, "?");
}

/**
 * Checks that a database has this schema, and can be used in this way.
 *
 * @throws WrongDatabaseError, DatabaseError
 */
export async function requireSchema(
  database: SqlDatabase,
  access: "read" | "write",
): Promise<void> {
  const [state] = await database.query(
    "SELECT pg_is_in_recovery() AS replica, to_regclass('schema_version') IS NOT NULL AS made",
  );
  if (state?.["made"] !== 1) throw new WrongDatabaseError(database.name, "no-schema");
  const [row] = await database.query("SELECT version FROM schema_version");
  const version = row?.["version"];
  if (version !== schemaVersion) {
    const isNewer = typeof version === "number" && version > schemaVersion;
    throw new WrongDatabaseError(database.name, isNewer ? "newer-schema" : "older-schema");
  }
  if (access === "read") return;
  if (state["replica"] === 1) throw new WrongDatabaseError(database.name, "replica");
  // An answer to COMMIT has to mean that it is on the disk. Anything stronger stays as it is.
  await database.query(
    "SELECT set_config('synchronous_commit', 'on', false) " +
      "WHERE current_setting('synchronous_commit') = 'off'",
  );
}
