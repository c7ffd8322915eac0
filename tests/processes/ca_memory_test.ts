/** Commands that read every certificate of a database hold only a few of them in memory at a time. */
import assert from "node:assert/strict";
import type { FormerCertificate } from "../../lib/ca/store/store.ts";
import { EventLog } from "../../lib/ca/store/history/mod.ts";
import { adoptEvent } from "../../lib/ca/store/history/events.ts";
import { insertLines, readHead } from "../../lib/ca/store/sql/history/mod.ts";
import { insertCertificates } from "../../lib/ca/store/sql/mod.ts";
import { denoSystem } from "../../lib/system/mod.ts";
import { type TestCa, withNoCa } from "../support/ca.ts";
import { denoRunArguments } from "../support/run_deno.ts";

const main = new URL("../../main.ts", import.meta.url).href;

/** How much memory a process may use for its objects, in megabytes: without certificates it needs a third. */
const heap = 48;

/** With their subjects, and the entries of the history, they take far more than {@linkcode heap}. */
const count = 9_000;
const subject = `O=${"x".repeat(3000)}`;

/** Certificates that were imported as records only: nothing has to be verified. */
function* manyRecords(): Generator<FormerCertificate> {
  for (let number = 0; number < count; number++) {
    yield {
      record: {
        serial: (0x100000 + number).toString(16),
        subject: `${subject}${number}`,
        notBefore: "2026-01-01T00:00:00Z",
        notAfter: "2036-01-01T00:00:00Z",
        status: "active",
        revokedAt: "",
        revocationReason: "",
      },
      der: undefined,
      details: { importedFrom: "elsewhere", isLost: true },
    };
  }
}

async function fill(ca: TestCa): Promise<void> {
  const database = await denoSystem.databases.openSqlite(await Deno.realPath(ca.path("ca.db")), {
    access: "write",
    busyTimeout: 1000,
  });
  try {
    const log = new EventLog(denoSystem);
    await database.transaction("write", async () => {
      const records = [...manyRecords()];
      await insertCertificates(database, records);
      for (const { record } of records) log.add(await adoptEvent(record));
      const head = await readHead(database);
      await insertLines(database, await log.link(head), (head?.sequence ?? 0) + 1);
    });
  } finally {
    await database.close();
  }
}

/** Runs a command in a process that ends if it needs more memory. */
async function runSmall(
  ca: TestCa,
  words: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const [run, ...others] = denoRunArguments;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      run,
      `--v8-flags=--max-old-space-size=${heap}`,
      ...[...others, main, "ca", ...words, "--data-dir", ca.dataDirectory],
    ],
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("ca check and ca list hold only a part of a database in memory", async () => {
  await withNoCa(async (ca) => {
    await ca.done(["init", "--subject", "CN=Root", "--store", "sqlite"], { now: new Date() });
    await fill(ca);
    const checked = await runSmall(ca, ["check"]);
    assert.equal(checked.code, 0, checked.stderr.slice(0, 2000));
    assert.match(checked.stdout, /^CA check: OK/);
    const json = await runSmall(ca, ["list", "--json"]);
    assert.equal(json.code, 0, json.stderr.slice(0, 2000));
    assert.equal(JSON.parse(json.stdout).certificates.length, count);
  });
});
