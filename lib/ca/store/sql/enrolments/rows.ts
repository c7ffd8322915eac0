/** The rows of what is kept about who may enrol. */
import type { SqlDatabase } from "../../../../system/mod.ts";
import type { EnrolmentPatch } from "../../store.ts";

/** Adds, replaces or, without content, removes rows. */
export async function writeEnrolments(
  database: SqlDatabase,
  patches: readonly EnrolmentPatch[],
): Promise<void> {
  for (const { kind, id, content } of patches) {
    if (content === undefined) {
      await database.query("DELETE FROM enrolments WHERE kind = ? AND id = ?", [kind, id]);
      continue;
    }
    await database.query(
      "INSERT INTO enrolments (kind, id, content) VALUES (?, ?, ?) " +
        "ON CONFLICT (kind, id) DO UPDATE SET content = excluded.content",
      [kind, id, content],
    );
  }
}
