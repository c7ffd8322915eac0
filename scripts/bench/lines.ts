/** The command lines that whole processes are measured with, and the device and CA that they work on. */
import { makeAuthority, type TestPair } from "../../tests/support/pairs.ts";
import { oneByOne, writeRequests } from "./requests.ts";

/** An executable with a directory of its own: its cache, a device, a CA. */
export interface Setting {
  readonly executable: string;
  readonly home: string;
}

/** One command line each. */
export interface Lines {
  readonly version: readonly string[];
  /** Finds nothing to do. */
  readonly recover: readonly string[];
  /** Finds nothing due. */
  readonly rotate: readonly string[];
  readonly status: readonly string[];
  /** A different command line each time: it swaps in the pair that is not active. */
  readonly swap: () => readonly string[];
  /** A different request each time, so that none is a duplicate. */
  readonly sign: () => readonly string[];
  readonly list: readonly string[];
}

/** Without input; prints errors only. */
export const quiet = { stdin: "null", stdout: "null", stderr: "piped" } as const;

/** As many requests are made beforehand. */
const mostSignatures = 500;

/** Makes a CA, two pairs, a device that has the first one, and a configuration of it. */
export async function prepare(setting: Setting): Promise<Lines> {
  const { home } = setting;
  const ca = ["--data-dir", `${home}/ca`];
  const swap = await swapping(setting);
  await run(setting, ["ca", "init", "--subject", "CN=CA", ...ca]);
  const nextRequest = oneByOne(await writeRequests(`${home}/requests`, mostSignatures));
  const pair = ["--dir", `${home}/device`];
  return {
    version: ["--version"],
    recover: ["recover", ...pair],
    rotate: ["rotate", "--config", await configurationFor(home)],
    status: ["status", ...pair],
    swap,
    sign: () => ["ca", "sign", ...ca, nextRequest()],
    list: ["ca", "list", ...ca],
  };
}

async function swapping(setting: Setting): Promise<() => string[]> {
  const { home } = setting;
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
  await run(setting, next());
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

async function writePair(path: string, pair: TestPair): Promise<void> {
  await Deno.writeTextFile(`${path}.pem`, pair.chainPem);
  await Deno.writeTextFile(`${path}.key`, pair.keyPem, { mode: 0o600 });
}

/** How the executable is started: with its own cache, and the few variables of cron, see crontab(5). */
export function commandOptions({ home }: Setting, args: readonly string[]): Deno.CommandOptions {
  const { PATH = "/usr/bin:/bin" } = Deno.env.toObject();
  const cron = { HOME: home, LOGNAME: "root", PATH, SHELL: "/bin/sh" };
  return {
    args: [...args],
    clearEnv: true,
    env: { ...cron, CERTSWAP_CACHE: `${home}/cache` },
    ...quiet,
  };
}

/** Runs the executable to its end. @throws Error if it does not exit with 0. */
export async function run(setting: Setting, args: readonly string[]): Promise<void> {
  const { executable } = setting;
  const command = [executable, ...args].join(" ");
  await end(command, new Deno.Command(executable, commandOptions(setting, args)));
}

/** Runs a program to its end. @throws Error if it does not exit with 0. */
export async function end(name: string, command: Deno.Command): Promise<void> {
  const { success, stderr } = await command.output();
  if (!success) throw new Error(`${name}: ${new TextDecoder().decode(stderr)}`);
}
