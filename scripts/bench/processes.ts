/**
 * Whole processes, as the executable starts them: the bundle, with what V8 has compiled of it kept from
 * earlier starts, against the same Deno running an empty script.
 */
import { makeAuthority, type TestPair } from "../../tests/support/pairs.ts";
import { bundleProgram, workDirectory } from "../build/bundle.ts";
import { permissionFlags } from "../build/permission_flags.ts";
import { compiledAheadFlags, runtimeFlags } from "../build/runtime_flags.ts";
import { measure, printRatios } from "./measure.ts";

/** At most this many times the empty script. */
const goals = { "--version": 1.3, "recover, nothing to do": 1.3, "status": 1.7, "swap": 1.7 };

/** Measures and prints. */
export default async function benchProcesses(): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "certswap-bench-" });
  try {
    await measureProcesses(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function measureProcesses(home: string): Promise<void> {
  await writeBundle(home);
  await Deno.mkdir(`${home}/device`);
  const now = Date.now();
  const life = { notBefore: new Date(now - 1000), notAfter: new Date(now + 30 * 86_400_000) };
  const authority = await makeAuthority();
  for (const name of ["a", "b"]) await writePair(`${home}/${name}`, await authority.issue(life));
  const pair = ["--dir", `${home}/device`];
  let turn = 0;
  const swap = (): Promise<void> => {
    const next = `${home}/${++turn % 2 === 1 ? "a" : "b"}`;
    const given = ["--new-cert", `${next}.pem`, "--new-key", `${next}.key`];
    return start(home, "main.js", ["swap", ...pair, ...given, "--allow-older"]);
  };
  await swap();
  const measured = await measure([
    { name: "an empty script", run: () => start(home, "empty.js", []) },
    { name: "--version", run: () => start(home, "main.js", ["--version"]) },
    { name: "recover, nothing to do", run: () => start(home, "main.js", ["recover", ...pair]) },
    { name: "status", run: () => start(home, "main.js", ["status", ...pair]) },
    { name: "swap", run: swap },
  ], { rounds: 40, warmUp: 5 });
  printRatios("Whole processes", measured, goals);
}

async function writeBundle(home: string): Promise<void> {
  await Deno.mkdir(workDirectory, { recursive: true });
  const files = await bundleProgram({ kind: "sources" });
  for (const [name, content] of Object.entries({ ...files, "empty.js": "" })) {
    await Deno.writeTextFile(`${home}/${name}`, content);
  }
}

async function writePair(path: string, pair: TestPair): Promise<void> {
  await Deno.writeTextFile(`${path}.pem`, pair.chainPem);
  await Deno.writeTextFile(`${path}.key`, pair.keyPem, { mode: 0o600 });
}

async function start(home: string, script: string, words: readonly string[]): Promise<void> {
  const flags = [...runtimeFlags, ...compiledAheadFlags, ...permissionFlags()];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, `${home}/${script}`, ...words],
    env: { DENO_DIR: `${home}/deno`, DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`${words.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
