/** `ca init` with a clock that is certainly wrong. */
import assert from "node:assert/strict";
import { readSingleCertificateFile } from "../../lib/x509/mod.ts";
import { withNoCa } from "../support/ca.ts";
import { type Run, runCli, testSystem } from "../support/test_world.ts";

const built = { kind: "self-contained", date: "2026-06-01T12:00:00Z" } as const;

function initAt(dataDirectory: string, now: string, ...flags: string[]): Promise<Run> {
  const words = ["ca", "init", "--data-dir", dataDirectory, "--subject", "CN=Lab", ...flags];
  return runCli(words, { build: built, system: testSystem({ now: new Date(now) }) });
}

Deno.test("ca init creates nothing if the clock is before the build date, and names --force", async () => {
  await withNoCa(async (ca) => {
    const { exit, stderr } = await initAt(ca.dataDirectory, "1970-01-01T00:07:00Z");
    assert.equal(exit, 1);
    assert.match(
      stderr,
      /^Error: the clock says 1970-01-01T00:07:00Z, which is before .* built, 2026-06-01T12:00:00Z/,
    );
    assert.match(stderr, /--force/);
    assert.deepEqual(ca.tree(), []);
    assert.equal((await initAt(ca.dataDirectory, "2026-06-01T11:59:59Z")).exit, 1);
    assert.equal((await initAt(ca.dataDirectory, "2026-06-01T12:00:00Z")).exit, 0);
  });
});

Deno.test("ca init --force accepts any clock", async () => {
  await withNoCa(async (ca) => {
    const { exit } = await initAt(ca.dataDirectory, "2026-01-01T00:00:00Z", "--force");
    assert.equal(exit, 0);
    const { notBefore } = readSingleCertificateFile(Deno.readFileSync(ca.path("ca.crt")));
    assert.equal(notBefore.toISOString(), "2025-12-31T23:59:00.000Z");
  });
});
