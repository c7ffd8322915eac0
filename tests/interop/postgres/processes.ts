/** Runs certswap in a process of its own, with the permissions of the product. */
import { writePem } from "../../../lib/x509/encoding/pem.ts";
import { join } from "../../../lib/system/mod.ts";
import { craftRequest } from "../../support/requests.ts";
import type { DenoRun } from "../../support/run_deno.ts";

const main = new URL("../../../main.ts", import.meta.url).href;
const configuration = new URL("../../../deno.json", import.meta.url).pathname;

const start = ["run", "--quiet", "--no-check", "--cached-only", "-c", configuration, "-P=certswap"];

/** Starts `certswap` with these words, and a data directory. */
export function startCertswap(
  words: readonly string[],
  dataDirectory: string,
  environment: Readonly<Record<string, string>> = {},
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [...start, main, ...words, "--data-dir", dataDirectory],
    env: { NO_COLOR: "1", ...environment },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs `certswap` to its end. */
export async function certswap(
  words: readonly string[],
  dataDirectory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<DenoRun> {
  return await ended(startCertswap(words, dataDirectory, environment));
}

/** Waits for a process. */
export async function ended(child: Deno.ChildProcess): Promise<DenoRun> {
  const { code, signal, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { exit: code, signal, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Writes a request, and returns its path. */
export async function makeRequest(directory: string, name: string): Promise<string> {
  const path = join(directory, name);
  const der = await craftRequest({});
  await Deno.writeTextFile(path, writePem("CERTIFICATE REQUEST", der));
  return path;
}
