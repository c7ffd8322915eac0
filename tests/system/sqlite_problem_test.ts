/** What the errors of SQLite mean. */
import assert from "node:assert/strict";
import { problemOf } from "../../lib/system/database/sqlite.ts";

Deno.test("a disk without room for the index of the log is full, not broken", () => {
  // SQLITE_IOERR_SHMSIZE and SQLITE_IOERR_READ, as the runtime reports them.
  const message = "disk I/O error";
  assert.equal(problemOf({ errcode: 4874, message }), "full");
  assert.equal(problemOf({ errcode: 266, message }), "input-output");
  assert.equal(problemOf({ message }), "input-output");
});
