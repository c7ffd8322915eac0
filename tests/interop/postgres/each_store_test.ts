/** Runs the tests of commands that run on each store again, on PostgreSQL. One server serves all of them. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { type PostgresAddress, postgresVariable } from "../../support/test_store.ts";
import { interopTest } from "../tools.ts";
import { preparedDatabase, writePasswordFile } from "./ca.ts";
import { postgresTools, psql, withPostgres } from "./server.ts";

const tests = new URL("../../", import.meta.url).pathname;

/** Not on PostgreSQL: what these test is decided before a command asks its store. */
const others = [
  "key/",
  "ocsp/",
  "issue/request_refusals_test.ts",
  "issue/lenient_requests_test.ts",
];

/** The files below a directory with tests that run on each store. */
function filesWithStoreTests(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) => {
    const path = join(directory, name);
    if (isDirectory) return filesWithStoreTests(path);
    const isOne = name.endsWith("_test.ts") &&
      /\b(?:testOnEachStore|testBeforeInit)\(/.test(Deno.readTextFileSync(path));
    return isOne ? [path] : [];
  }).sort();
}

interopTest("the tests of commands on each store pass on PostgreSQL", {
  tools: postgresTools,
  run: (context) =>
    withPostgres(async (server) => {
      const address: PostgresAddress = {
        port: server.port,
        passwordFile: writePasswordFile(server),
        database: await preparedDatabase(server),
        psql,
      };
      const files = filesWithStoreTests(join(tests, "ca"))
        .filter((path) => !others.some((other) => path.includes(`/ca/${other}`)));
      const flags = ["-P=test", "--no-check", "--quiet", "--filter", "/^postgres: /"];
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["test", ...flags, ...files],
        env: { NO_COLOR: "1", [postgresVariable]: JSON.stringify(address) },
      }).output();
      const decoder = new TextDecoder();
      const printed = decoder.decode(stdout);
      if (code !== 0) throw new Error(printed + decoder.decode(stderr));
      // Each file has a test at least: a filter that matches none would pass as well.
      const passed = Number(/^ok \| (\d+) passed/m.exec(printed)?.[1]);
      assert.ok(passed >= files.length, `${passed} tests in ${files.length} files`);
      for (const [, name = ""] of printed.matchAll(/^postgres: (.*) \.\.\. ok \(/gm)) {
        await context.step(name, () => {});
      }
    }),
});
