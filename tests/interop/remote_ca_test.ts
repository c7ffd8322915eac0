/** The recipe of docs/guide/remote-ca.md, with a real sshd on an unprivileged port. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readSingleCertificateFile } from "../../lib/x509/mod.ts";
import { withCa } from "../support/ca.ts";
import { runCli } from "../support/test_world.ts";
import { realSystem } from "./services/services.ts";
import { interopTest, replaced, tool } from "./tools.ts";

const guide = await Deno.readTextFile(new URL("../../docs/guide/remote-ca.md", import.meta.url));
const main = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** A port that nothing listens on. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function untilOpen(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error("sshd does not listen");
}

interopTest(
  "a device gets a certificate by ssh with a forced command, and only for allowed names",
  {
    tools: ["/usr/sbin/sshd", "ssh", "ssh-keygen"],
    run: () =>
      withCa(async (ca) => {
        const [toml = ""] = /^\[profile\.fleet\][^`]*/m.exec(guide) ?? [];
        ca.write("ca.toml", toml);
        const [, recipe = ""] = /^restrict,command="certswap ([^"]*)"/m.exec(guide) ?? [];
        const words = recipe.replace("/var/lib/ca", ca.dataDirectory);
        const certswap = `${Deno.execPath()} run -A --quiet ${main}`;
        for (const name of ["host", "device"]) {
          await tool("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", `${ca.root}/${name}`);
        }
        const publicKey = await Deno.readTextFile(`${ca.root}/device.pub`);
        const allowed = `${ca.root}/authorized_keys`;
        await Deno.writeTextFile(allowed, `restrict,command="${certswap} ${words}" ${publicKey}`);
        const port = freePort();
        const settings = [
          `Port ${port}`,
          "ListenAddress 127.0.0.1",
          `HostKey ${ca.root}/host`,
          `AuthorizedKeysFile ${allowed}`,
          "StrictModes no",
          "UsePAM no",
          "PermitRootLogin forced-commands-only",
          "PidFile none",
        ];
        await Deno.writeTextFile(`${ca.root}/sshd_config`, settings.join("\n") + "\n");
        if (Deno.uid() === 0) await Deno.mkdir("/run/sshd", { recursive: true });
        const server = new Deno.Command("/usr/sbin/sshd", {
          args: ["-D", "-f", `${ca.root}/sshd_config`],
          stdin: "null",
          stdout: "null",
          stderr: "null",
        }).spawn();
        try {
          await untilOpen(port);
          const ask = async (names: string): Promise<Deno.CommandOutput> => {
            const request = await ca.request("a.csr", { subject: "CN=meter-17", names });
            const ssh = new Deno.Command("ssh", {
              args: [
                ...["-T", "-p", `${port}`, "-i", `${ca.root}/device`, "-o", "BatchMode=yes"],
                ...["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"],
                ...["-o", "LogLevel=ERROR", "127.0.0.1", "cat /etc/shadow"],
              ],
              stdin: "piped",
              stdout: "piped",
              stderr: "piped",
            }).spawn();
            const writer = ssh.stdin.getWriter();
            await writer.write(await Deno.readFile(request));
            await writer.close();
            return await ssh.output();
          };
          const good = await ask("DNS:meter-17.fleet.example");
          assert.equal(good.code, 0, new TextDecoder().decode(good.stderr));
          assert.equal(readSingleCertificateFile(good.stdout).serialNumber, "02");
          const bad = await ask("DNS:bank.example");
          assert.equal(bad.code, 1);
          assert.equal(bad.stdout.length, 0);
          assert.match(new TextDecoder().decode(bad.stderr), /^Error: .*bank\.example/);
          assert.equal(ca.read("serial"), "03\n");

          // The device's part of the recipe: `certswap rotate` with the issuer of the guide.
          const [, issuer = ""] = /^```toml\n(\[pair\.web\.issuer\][^`]*)/m.exec(guide) ?? [];
          assert.match(issuer, /^kind = "command"$/m);
          const options = [
            ...["-p", `${port}`, "-o", "StrictHostKeyChecking=yes"],
            ...["-o", `UserKnownHostsFile=${ca.root}/known_hosts`, "-o", "LogLevel=ERROR"],
          ].map((word) => `"${word}"`).join(", ");
          const hostKey = await Deno.readTextFile(`${ca.root}/host.pub`);
          await Deno.writeTextFile(`${ca.root}/known_hosts`, `[127.0.0.1]:${port} ${hostKey}`);
          const own = replaced(issuer, {
            '"-T", ': `"-T", ${options}, `,
            "/etc/certswap/ssh_key": `${ca.root}/device`,
            "ca@ca.example": "127.0.0.1",
          });
          await Deno.mkdir(`${ca.root}/tls`);
          const configuration = async (name: string): Promise<string> => {
            const path = `${ca.root}/${name}.toml`;
            const text = `[pair.web]\ndir = "${ca.root}/tls"\ntrust = "${ca.path("ca.crt")}"\n` +
              `subject = "CN=${name}"\nnames = ["DNS:${name}"]\n${own}`;
            await Deno.writeTextFile(path, text, { mode: 0o600 });
            return path;
          };
          const rotate = async (name: string, ...words: readonly string[]) =>
            await runCli(["rotate", "--config", await configuration(name), ...words], {
              system: realSystem,
            });
          const certificate = () => Deno.readFileSync(`${ca.root}/tls/cert.pem`);
          const made = await rotate("meter-17.fleet.example");
          assert.equal(made.exit, 0, made.stdout + made.stderr);
          assert.equal(readSingleCertificateFile(certificate()).serialNumber, "03");
          const before = certificate();
          // The policy of the CA holds for it, too: what the CA said is reported, and the pair stays.
          const refused = await rotate("bank.example", "--force");
          assert.equal(refused.exit, 1, refused.stdout);
          assert.match(
            refused.stdout + refused.stderr,
            /DNS:bank\.example is not allowed by profile fleet/,
          );
          assert.deepEqual(certificate(), before);
          const renewed = await rotate("meter-17.fleet.example", "--force");
          assert.equal(renewed.exit, 0, renewed.stdout + renewed.stderr);
          assert.equal(readSingleCertificateFile(certificate()).serialNumber, "04");
        } finally {
          server.kill("SIGTERM");
          await server.status;
        }
      }, ["--validity", "36500"]),
  },
);
