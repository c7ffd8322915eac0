/** A device that is killed during its enrolment with a real server: real processes, files and TLS. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { denoSystem, join } from "../../../lib/system/mod.ts";
import { type DenoRun, runDeno } from "../../support/run_deno.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { type Run, runCli } from "../../support/test_world.ts";
import { inParallel } from "../in_parallel.ts";
import { freePort, withServer } from "./ca_server.ts";
import type { CommandOrder } from "./enrol_child.ts";

const child = fileURLToPath(new URL("enrol_child.ts", import.meta.url));

/** Of the changes, one in this many. `CERTSWAP_TEST_KILLS=all`: all of them, which takes a minute or two. */
const oneIn = Deno.env.get("CERTSWAP_TEST_KILLS") === "all" ? 1 : 11;

const certswap = async (...words: readonly string[]): Promise<Run> =>
  await runCli(words, { system: denoSystem });

/** Runs certswap, which has to succeed. */
async function done(...words: readonly string[]): Promise<string> {
  const { exit, stdout, stderr } = await certswap(...words);
  assert.equal(exit, 0, `${words.join(" ")}: ${stderr}`);
  return stdout;
}

/** A device with a secret of its own. */
interface Enrolling {
  readonly name: string;
  readonly directory: string;
  readonly secret: string;
  readonly words: readonly string[];
}

Deno.test("a device killed while it enrols goes on at the next run, and gets one certificate", async () => {
  await withTemporaryDirectory(async (root) => {
    const data = join(root, "ca");
    await done("ca", "init", "--subject", "CN=Lab", "--data-dir", data);
    const port = freePort();
    Deno.writeTextFileSync(
      join(data, "ca.toml"),
      `[serve]\nest = "127.0.0.1:${port}"\nnames = ["127.0.0.1"]\n`,
    );
    const device = async (number: number): Promise<Enrolling> => {
      const home = join(root, `device-${number}`);
      Deno.mkdirSync(home);
      const name = `DNS:device-${number}.example`;
      const secret = join(home, "secret");
      const token = await done("ca", "token", "create", "--names", name, "--data-dir", data);
      Deno.writeTextFileSync(secret, token, { mode: 0o600 });
      const directory = join(home, "tls");
      return {
        name,
        directory,
        secret,
        words: [
          ...["enroll", "--est", `https://127.0.0.1:${port}`, "--dir", directory],
          ...["--names", name, "--secret-file", secret, "--trust", join(data, "ca.crt")],
          ...[
            "--trust-bundle",
            join(directory, "roots.pem"),
            "--config",
            join(home, "certswap.toml"),
          ],
        ],
      };
    };
    await withServer(data, async () => {
      const whole = await enrolKilledBefore(undefined, await device(0));
      assert.equal(whole.exit, 0, whole.stderr);
      const changes: readonly string[] = JSON.parse(whole.stdout.trim().split("\n").at(-1) ?? "");
      assert.ok(changes.length > 50, `only ${changes.length} changes`);
      // With half a pair in place, and with a secret that is used up but still there.
      const crucial = ["rename .cert.pem.certswap.tmp", "unlink secret"].map((change) => {
        const [operation = "", name] = change.split(" ");
        const at = changes.findIndex((seen) =>
          seen.startsWith(operation) && seen.endsWith(`/${name}`)
        );
        assert.ok(at >= 0, `no ${change}`);
        return at + 1;
      });
      const sample = changes.map((_, index) => index + 1).filter((number) => number % oneIn === 0);
      const kills = [...new Set([...crucial, ...sample])];
      const found = await inParallel(kills.length, async (index) => {
        const number = kills[index] ?? 0;
        const killed = await device(number);
        const { signal, stderr } = await enrolKilledBefore(number, killed);
        assert.equal(signal, "SIGKILL", stderr);
        const hadPair = hasFile(join(killed.directory, "cert.pem"));
        await requireEnrolled(killed, data, number);
        return hadPair;
      });
      assert.ok(found.includes(true) && found.includes(false), "all kills were on one side");
      console.log(`killed at ${kills.length} of ${changes.length} changes of an enrolment`);
    });
  });
});

/** Enrols a device in a process that dies before a change of the disk. */
async function enrolKilledBefore(
  killBefore: number | undefined,
  { words }: Enrolling,
): Promise<DenoRun> {
  const order: CommandOrder = { words, ...(killBefore === undefined ? {} : { killBefore }) };
  return await runDeno([child, JSON.stringify(order)]);
}

/** The same command goes on: the pair is complete, and the secret has given one certificate. */
async function requireEnrolled(device: Enrolling, data: string, killed: number): Promise<void> {
  const { directory, name, secret, words } = device;
  const after = `after a kill before change ${killed}`;
  const again = await certswap(...words);
  assert.equal(again.exit, 0, `${after}: ${again.stderr}`);
  const status = await certswap("status", "--dir", directory);
  assert.equal(status.exit, 0, `${after}: ${status.stdout}${status.stderr}`);
  assert.ok(!hasFile(secret), `the secret is still there ${after}`);
  assert.ok(hasFile(join(directory, "roots.pem")), `no trust bundle ${after}`);
  const list = await done("ca", "list", "--data-dir", data);
  assert.equal(list.split(`${name}\n`).length - 1, 1, `${after}: ${list}`);
  const left = [
    ...Deno.readDirSync(directory),
    ...Deno.readDirSync(join(directory, "../certswap.d")),
  ]
    .map((entry) => entry.name).filter((entry) => /\.certswap\.(?:tmp|bak)$/.test(entry));
  assert.deepEqual(left, [], after);
  const idle = await done(...words);
  assert.match(idle, /Pair device already exists: nothing was requested/, after);
}

function hasFile(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
