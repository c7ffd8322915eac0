/**
 * Whole processes of the built executable against the same Deno running an empty script: as an operator starts
 * it, and as its launcher does, so that one sees what that costs; and the most memory that a swap takes. Needs
 * `deno task build` before.
 */
import { fileURLToPath } from "node:url";
import { makeAuthority, type TestPair } from "../../tests/support/pairs.ts";
import { permissionFlags } from "../build/permission_flags.ts";
import { compiledAheadFlags, runtimeFlags } from "../build/runtime_flags.ts";
import { measure, printRatios } from "./measure.ts";

const executable = fileURLToPath(new URL("../../dist/certswap", import.meta.url));

/** At most this many times the empty script: the whole of it, and without the launcher. */
const goals = {
  "--version": 1.5,
  "recover, nothing to do": 1.5,
  "rotate, nothing due": 1.5,
  "status": 1.8,
  "swap": 1.8,
  "ca sign": 6,
  "--version, no launcher": 1.3,
  "recover, nothing to do, no launcher": 1.3,
  "status, no launcher": 1.7,
  "swap, no launcher": 1.7,
};

/** At most this many megabytes (10^6 bytes). */
const memoryGoal = 60;

/** Measures and prints. */
export default async function benchProcesses(): Promise<void> {
  if (!await exists(executable)) throw new Error("there is no dist/certswap: deno task build");
  const home = await Deno.makeTempDir({ prefix: "certswap-bench-" });
  try {
    await measureProcesses(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function measureProcesses(home: string): Promise<void> {
  const swap = await swapping(home);
  const ca = ["--data-dir", `${home}/ca`];
  const request = ["--out-key", `${home}/ca.key`, "--out-csr", `${home}/request.csr`];
  await run(home, ["ca", "init", "--subject", "CN=CA", ...ca]);
  await run(home, ["ca", "request", "--subject", "CN=device", ...request]);
  const pair = ["--dir", `${home}/device`];
  const config = await configurationFor(home);
  const bare = await withoutLauncher(home);
  const measured = await measure([
    { name: "an empty script", run: await emptyScript(home) },
    { name: "--version", run: () => run(home, ["--version"]) },
    { name: "--version, no launcher", run: () => bare(["--version"]) },
    { name: "recover, nothing to do", run: () => run(home, ["recover", ...pair]) },
    { name: "recover, nothing to do, no launcher", run: () => bare(["recover", ...pair]) },
    { name: "rotate, nothing due", run: () => run(home, ["rotate", "--config", config]) },
    { name: "rotate, nothing due, no launcher", run: () => bare(["rotate", "--config", config]) },
    { name: "status", run: () => run(home, ["status", ...pair]) },
    { name: "status, no launcher", run: () => bare(["status", ...pair]) },
    { name: "swap", run: () => run(home, swap()) },
    { name: "swap, no launcher", run: () => bare(swap()) },
    { name: "ca sign", run: () => run(home, ["ca", "sign", ...ca, `${home}/request.csr`]) },
  ], { rounds: 40, warmUp: 5 });
  printRatios("Whole processes of dist/certswap", measured, goals);
  let most = 0;
  for (let round = 0; round < 10; round++) most = Math.max(most, await peakMemory(home, swap()));
  const verdict = `goal: at most ${memoryGoal}${most <= memoryGoal ? "" : ", missed"}`;
  console.log(`${most.toFixed(0).padStart(9)} MB at most of memory for a swap  ${verdict}`);
}

/** Makes two pairs and a device that has the first. @returns the command line that swaps in the other one. */
async function swapping(home: string): Promise<() => string[]> {
  await Deno.mkdir(`${home}/device`);
  const now = Date.now();
  const life = { notBefore: new Date(now - 1000), notAfter: new Date(now + 30 * 86_400_000) };
  const authority = await makeAuthority();
  for (const name of ["a", "b"]) await writePair(`${home}/${name}`, await authority.issue(life));
  let turn = 0;
  const next = (): string[] => {
    const path = `${home}/${++turn % 2 === 1 ? "a" : "b"}`;
    const files = ["--new-cert", `${path}.pem`, "--new-key", `${path}.key`];
    return ["swap", "--dir", `${home}/device`, ...files, "--allow-older"];
  };
  await run(home, next());
  return next;
}

/** A configuration of the pair that the swaps change, which is not due. @returns its path. */
async function configurationFor(home: string): Promise<string> {
  const path = `${home}/certswap.toml`;
  await Deno.writeTextFile(
    path,
    `[pair.device]
dir = "${home}/device"
issuer = { kind = "local", data_dir = "${home}/ca" }
hook = { command = ["true"] }
probe = { url = "tls://localhost:443" }
`,
  );
  return path;
}

/** Starts what the executable has unpacked in the way in which its launcher does. */
async function withoutLauncher(
  home: string,
): Promise<(args: readonly string[]) => Promise<void>> {
  await run(home, ["--version"]);
  const [unpacked] = Array.from(Deno.readDirSync(`${home}/cache`), ({ name }) => name);
  const place = `${home}/cache/${unpacked}`;
  const flags = [...runtimeFlags, ...compiledAheadFlags, ...permissionFlags()];
  const env = { DENO_DIR: `${place}/code`, DENO_NO_UPDATE_CHECK: "1" };
  return (args) =>
    end(
      new Deno.Command(`${place}/runtime/deno`, {
        args: ["run", ...flags, `${place}/runtime/main.js`, ...args],
        env,
        ...quiet,
      }),
    );
}

async function writePair(path: string, pair: TestPair): Promise<void> {
  await Deno.writeTextFile(`${path}.pem`, pair.chainPem);
  await Deno.writeTextFile(`${path}.key`, pair.keyPem, { mode: 0o600 });
}

/** Starts the runtime on nothing, as the launcher starts it on certswap. */
async function emptyScript(home: string): Promise<() => Promise<void>> {
  await Deno.writeTextFile(`${home}/empty.js`, "");
  const args = ["run", ...runtimeFlags, `${home}/empty.js`];
  const env = { DENO_DIR: `${home}/deno`, DENO_NO_UPDATE_CHECK: "1" };
  return () => end(new Deno.Command(Deno.execPath(), { args, env, ...quiet }));
}

const quiet = { stdin: "null", stdout: "null", stderr: "piped" } as const;

function run(home: string, args: readonly string[]): Promise<void> {
  return end(new Deno.Command(executable, commandOptions(home, args)));
}

function commandOptions(home: string, args: readonly string[]): Deno.CommandOptions {
  return { args: [...args], env: { CERTSWAP_CACHE: `${home}/cache` }, ...quiet };
}

async function end(command: Deno.Command): Promise<void> {
  const { success, stderr } = await command.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** The high-water mark of a process, in megabytes: the last that is seen of it before it ends (proc(5), VmHWM). */
async function peakMemory(home: string, args: readonly string[]): Promise<number> {
  const child = new Deno.Command(executable, commandOptions(home, args)).spawn();
  let peak = 0;
  while (true) {
    try {
      const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
      const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
      if (kilobytes === undefined) break;
      peak = Number(kilobytes) * 1024 / 1e6;
    } catch {
      break;
    }
  }
  await child.stderr.cancel();
  await child.status;
  return peak;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
