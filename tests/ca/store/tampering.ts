/** What someone with all rights can change in the database of a CA, and `ca check` has to find. */

/** Statements of SQLite and of PostgreSQL, by what they do. Certificate 1 is revoked, 2 is not. */
export const tamperings: Readonly<Record<string, string>> = {
  "another subject": "UPDATE certificates SET subject = 'CN=x' WHERE number = 2",
  "a later end": "UPDATE certificates SET not_after = '2099-01-01T00:00:00Z' WHERE number = 2",
  "another certificate": "UPDATE certificates SET der = (SELECT der FROM certificates " +
    "WHERE number = 1) WHERE number = 2",
  "garbage instead of a certificate":
    "UPDATE certificates SET der = substr(der, 1, 1) WHERE number = 2",
  "no certificate": "UPDATE certificates SET der = NULL WHERE number = 2",
  "other names": `UPDATE certificates SET names = '["DNS:x"]' WHERE number = 2`,
  "another key": "UPDATE certificates SET key = substr(der, 1, 32) WHERE number = 2",
  "another profile": "UPDATE certificates SET profile = 'server' WHERE number = 2",
  "a revoked certificate made active": "UPDATE certificates SET revoked_at = NULL, " +
    "revocation_reason = NULL WHERE number = 1",
  "a revoked certificate made active, and its revocation hidden":
    "UPDATE certificates SET revoked_at = NULL, revocation_reason = NULL WHERE number = 1; " +
    "UPDATE history SET serial = NULL WHERE kind = 'revoke'; DELETE FROM shard_crls",
  "another reason": "UPDATE certificates SET revocation_reason = 'superseded' WHERE number = 1",
  "a certificate removed": "DELETE FROM certificates WHERE number = 2",
  "a line of the history removed": "DELETE FROM history WHERE sequence = 3",
  "a line of the history changed": "UPDATE history SET line = replace(line, 'user', 'abuser') " +
    "WHERE sequence = 3",
  "an older CRL number": "UPDATE ca SET next_crl_number = '01'",
  "garbage instead of the CRL": "UPDATE shard_crls SET crl = substr(crl, 1, 2) WHERE shard = 0",
};
