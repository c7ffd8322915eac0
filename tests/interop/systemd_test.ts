import assert from "node:assert/strict";
import { join } from "../../lib/system/mod.ts";
import { withCa } from "../support/ca.ts";
import { withConfiguration } from "../support/configuration.ts";
import { runCli } from "../support/test_world.ts";
import { interopTest, tool } from "./tools.ts";

/** A directory whose name needs every kind of quoting in a unit file. */
const odd = `it's 100% \\ of $HOME "x"`;

for (const [name, directory] of [["plain paths", "plain"], ["odd paths", odd]] as const) {
  interopTest(`systemd accepts the units that certswap installs for ${name}`, {
    tools: ["systemd-analyze"],
    run: async () => {
      const text = `[pair.web]
dir = ${JSON.stringify(`$ROOT/${directory}`)}
services = ["nginx.service", "getty@tty1.service"]
issuer = { kind = "local", data_dir = ${JSON.stringify(`$ROOT/${directory}/ca`)} }
hook = { command = ["systemctl", "reload", "nginx"] }
`;
      const texts = { "certswap.toml": "", [`${directory}/ca/x`]: "" };
      await withConfiguration(texts, async ({ root }) => {
        const path = join(root, `${directory}/certswap.toml`);
        Deno.writeTextFileSync(path, text.replaceAll("$ROOT", root));
        Deno.chmodSync(path, 0o644);
        // systemd cannot start a program with quotation marks or backslashes in its name.
        const program = join(root, "100% of $HOME");
        Deno.copyFileSync("/bin/true", program);
        const units = join(root, "units");
        Deno.mkdirSync(units);
        const flags = ["--config", path, "--program", program, "--to", units];
        const user = Deno.uid() === 0 ? "nobody" : undefined;
        for (const as of [[], ...(user === undefined ? [] : [["--user", user]])]) {
          assert.equal((await runCli(["install", "systemd", ...as, ...flags])).exit, 0);
        }
        const files = [...Deno.readDirSync(units)].map(({ name }) => join(units, name));
        assert.equal(files.length, user === undefined ? 3 : 6);
        // Also: the program of ExecStart= exists and can be run, which it can only if it was read rightly.
        assert.equal(await tool("systemd-analyze", "verify", "--man=no", ...files), "");
      });
    },
  });
}

interopTest("systemd accepts the units that certswap installs for a CA", {
  tools: ["systemd-analyze"],
  run: async () => {
    await withCa(async (ca) => {
      const directory = join(ca.root, odd);
      Deno.renameSync(ca.dataDirectory, directory);
      Deno.writeTextFileSync(
        join(directory, "ca.toml"),
        '[crl]\npublish = { command = ["/bin/true"], time_limit = "1m" }\n' +
          '[serve]\nhttp = "0.0.0.0:80"\n',
      );
      const units = join(ca.root, "units");
      Deno.mkdirSync(units);
      const files = [
        "--passphrase-file",
        join(ca.root, "it's 100%"),
        "--metrics",
        "/var/lib/a b.prom",
      ];
      const { exit, stderr } = await runCli([
        ...[
          "install",
          "systemd",
          "--ca",
          directory,
          "--program",
          "/bin/true",
          "--to",
          units,
          ...files,
        ],
      ]);
      assert.equal(exit, 0, stderr);
      const paths = [...Deno.readDirSync(units)].map(({ name }) => join(units, name));
      assert.equal(paths.length, 3);
      assert.equal(await tool("systemd-analyze", "verify", "--man=no", ...paths), "");
    });
  },
});

interopTest("systemd-analyze security reports for the server of a CA what its documentation says", {
  tools: ["systemd-analyze"],
  run: async () => {
    await withCa(async (ca) => {
      ca.write("ca.toml", '[serve]\nhttp = "0.0.0.0:8080"\n');
      const flags = ["--ca", ca.dataDirectory, "--user", "nobody", "--to", ca.root];
      const { exit, stderr } = await runCli([
        ...["install", "systemd", ...flags, "--program", "/bin/true"],
      ]);
      assert.equal(exit, 0, stderr);
      const names = [...Deno.readDirSync(ca.root)].map(({ name }) => name);
      const unit = join(ca.root, names.find((name) => name.startsWith("certswap-serve-")) ?? "");
      const report = await tool("systemd-analyze", "security", "--offline=true", unit);
      const [, exposure] = /exposure level for \S+: ([\d.]+)/.exec(report) ?? [];
      const page = Deno.readTextFileSync(new URL("../../docs/reference/serve.md", import.meta.url));
      const [, documented] = /exposure level of ([\d.]+)/.exec(page) ?? [];
      assert.ok(Number(exposure) <= Number(documented), report);
    });
  },
});

interopTest("systemd-analyze security reports little about the units that certswap installs", {
  tools: ["systemd-analyze"],
  run: async () => {
    const text = '[pair.web]\ndir = "/etc/nginx/tls"\n';
    await withConfiguration({ "certswap.toml": text }, async ({ root, path }) => {
      const { files } = JSON.parse(
        (await runCli(["install", "systemd", "--config", path, "--print", "--json"])).stdout,
      ) as { files: { path: string; text: string }[] };
      const exposure = async (name: string): Promise<number> => {
        const unit = files.find(({ path }) => path.endsWith(name));
        Deno.writeTextFileSync(join(root, name), unit?.text ?? "");
        const report = await tool(
          "systemd-analyze",
          "security",
          "--offline=true",
          "--no-pager",
          join(root, name),
        );
        return Number(/exposure level for \S+: ([\d.]+)/.exec(report)?.[1]);
      };
      assert((await exposure("certswap-recover.service")) < 4);
      // The hook runs in this unit, and may need most of what could be forbidden.
      assert((await exposure("certswap-rotate.service")) < 7.5);
    });
  },
});
