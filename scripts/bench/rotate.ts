/**
 * Compares what cron runs every hour, `certswap rotate` with nothing due, with an empty Deno script and with
 * Debian's `certbot renew` with nothing due. Each is a whole process.
 */
import { join } from "../../lib/system/mod.ts";
import { makeAuthority, type TestPair } from "../../tests/support/pairs.ts";
import { certswapCommand } from "./certswap.ts";
import { type Candidate, measure, printRatios, runProgram } from "./measure.ts";

/** Measures and prints. */
export default async function benchRotate(): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "certswap-bench-" });
  try {
    const authority = await makeAuthority();
    const now = Date.now();
    const pair = await authority.issue({
      notBefore: new Date(now - 1000),
      notAfter: new Date(now + 90 * 86_400_000),
    });
    const certswap = await certswapRotate(home, pair, authority.certificatePem);
    const certbot = await certbotRenew(home, pair, authority.certificatePem);
    const measured = await measure([await emptyScript(home), certswap, ...certbot], {
      rounds: 25,
      warmUp: 3,
    });
    printRatios("Nothing due, as a whole process", measured, { [certswap.name]: 1.5 });
    if (certbot.length === 0) console.log("           (certbot is not installed)");
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function emptyScript(home: string): Promise<Candidate> {
  const path = join(home, "empty.js");
  await Deno.writeTextFile(path, "");
  const args = ["run", "--quiet", "--no-config", "--no-lock", "--cached-only", path];
  return { name: "an empty Deno script", run: () => runProgram(Deno.execPath(), args) };
}

async function certswapRotate(home: string, pair: TestPair, trust: string): Promise<Candidate> {
  const tls = join(home, "tls");
  await Deno.mkdir(tls);
  await Deno.writeTextFile(join(tls, "cert.pem"), pair.chainPem);
  await Deno.writeTextFile(join(tls, "key.pem"), pair.keyPem, { mode: 0o600 });
  await Deno.writeTextFile(join(home, "trust.pem"), trust);
  const config = join(home, "certswap.toml");
  await Deno.writeTextFile(
    config,
    `[pair.web]
dir = "${tls}"
trust = "${join(home, "trust.pem")}"
issuer = { kind = "command", command = ["false"] }
hook = { command = ["systemctl", "reload", "nginx"] }
probe = { url = "tls://localhost:443" }
`,
  );
  const { program, args, name } = await certswapCommand();
  return {
    name: `${name} rotate`,
    run: () => runProgram(program, [...args, "rotate", "--config", config]),
  };
}

/** certbot with one lineage, in its own directory layout. */
async function certbotRenew(home: string, pair: TestPair, chain: string): Promise<Candidate[]> {
  const config = join(home, "letsencrypt");
  const files = {
    cert: pair.certificatePem,
    chain,
    fullchain: pair.certificatePem + chain,
    privkey: pair.keyPem,
  };
  for (const directory of ["archive/web", "live/web", "renewal"]) {
    await Deno.mkdir(join(config, directory), { recursive: true });
  }
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeTextFile(join(config, `archive/web/${name}1.pem`), content, { mode: 0o600 });
    await Deno.symlink(`../../archive/web/${name}1.pem`, join(config, `live/web/${name}.pem`));
  }
  await Deno.writeTextFile(
    join(config, "renewal/web.conf"),
    `version = 2.1.0
archive_dir = ${config}/archive/web
${Object.keys(files).map((name) => `${name} = ${config}/live/web/${name}.pem\n`).join("")}
[renewalparams]
account = 0123456789abcdef0123456789abcdef
authenticator = standalone
server = https://acme-v02.api.letsencrypt.org/directory
`,
  );
  const args = [
    "renew",
    "--quiet",
    "--no-random-sleep-on-renew",
    ...["config", "work", "logs"].flatMap((name) => [
      `--${name}-dir`,
      name === "config" ? config : join(home, name),
    ]),
  ];
  const run = (): Promise<void> => runProgram("certbot", args);
  try {
    await run();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return [{ name: "certbot renew", run }];
}
