/** A dead issuer over a month of real runs: faketime(1) sets the clock of each. */
import assert from "node:assert/strict";
import { join } from "../../lib/system/mod.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { interopTest, type ToolRun, tryTool } from "./tools.ts";

const hour = 60 * 60 * 1000;
const start = new Date("2030-01-01T00:00:00Z");

/** Runs `certswap` this many hours after the start. */
function certswapAt(hours: number, ...words: string[]): Promise<ToolRun> {
  const date = new Date(start.getTime() + hours * hour).toISOString();
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const deno = ["run", "--quiet", "--allow-all", main];
  return tryTool(
    "env",
    "TZ=UTC",
    "faketime",
    date.slice(0, 19),
    Deno.execPath(),
    ...deno,
    ...words,
  );
}

interopTest(
  "certswap rotate is never silent about a dead issuer, and renews within the hour of its return",
  {
    tools: ["faketime"],
    run: () =>
      withTemporaryDirectory(async (root) => {
        const config = join(root, "certswap.toml");
        await Deno.mkdir(join(root, "tls"));
        await Deno.writeTextFile(
          config,
          `[pair.web]
dir = "${root}/tls"
subject = "CN=web.example"
names = ["DNS:web.example"]
issuer = { kind = "local", data_dir = "${root}/ca", validity = "30d" }
`,
        );
        const ca = await certswapAt(
          0,
          "ca",
          "init",
          "--data-dir",
          `${root}/ca`,
          "--subject",
          "CN=CA",
        );
        assert.equal(ca.exit, 0, ca.stderr);
        const rotate = (hours: number): Promise<ToolRun> =>
          certswapAt(hours, "rotate", "--config", config);
        assert.equal((await rotate(1)).exit, 0);
        await Deno.rename(join(root, "ca"), join(root, "gone"));
        assert.deepEqual(await rotate(24), { exit: 0, stdout: "", stderr: "" });
        const lines: string[] = [];
        // The first hours after it is certainly due, some in between, and the last ones.
        const due = 23 * 24;
        for (const hours of [due, due + 1, due + 2, due + 60, due + 61, 717, 718, 719, 720, 721]) {
          const { exit, stderr } = await rotate(hours);
          const [line] = /^(?:NOTICE|WARNING|CRITICAL): pair web: .*$/m.exec(stderr) ?? [];
          assert.ok(exit === 1 && line !== undefined, `hour ${hours}: exit ${exit}, ${stderr}`);
          lines.push(line);
        }
        assert.match(lines[0] ?? "", /^NOTICE: .* in 7 days\. /);
        assert.match(lines.at(-2) ?? "", /^CRITICAL: .* in \d+ (?:hours?|minutes?)\. /);
        await Deno.rename(join(root, "gone"), join(root, "ca"));
        const renewed = await rotate(722);
        assert.deepEqual([renewed.exit, renewed.stderr], [0, ""]);
      }),
  },
);
