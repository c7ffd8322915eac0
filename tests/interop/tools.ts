/** Runs real programs, to test compatibility with them. */
import assert from "node:assert/strict";

/** The result of a program. */
export interface ToolRun {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program that must succeed. Returns its standard output. */
export async function tool(name: string, ...args: string[]): Promise<string> {
  const { exit, stdout, stderr } = await tryTool(name, ...args);
  if (exit !== 0) throw new Error(`${name} ${args.join(" ")} exited ${exit}: ${stderr}${stdout}`);
  return stdout;
}

/** Runs a program that may fail. */
export async function tryTool(name: string, ...args: string[]): Promise<ToolRun> {
  const command = new Deno.Command(name, { args, stdin: "null", stdout: "piped", stderr: "piped" });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { exit: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/**
 * A test that needs other programs. If one is missing, it fails in CI (`CI=true`); on a developer's machine
 * it is skipped with a warning.
 */
export function interopTest(
  name: string,
  { tools, run }: {
    readonly tools: readonly string[];
    readonly run: (context: Deno.TestContext) => Promise<void>;
  },
): void {
  const missing = tools.filter((candidate) => !isInstalled(candidate));
  const isSkipped = missing.length > 0 && Deno.env.get("CI") !== "true";
  if (isSkipped) console.warn(`SKIPPED, because of missing ${missing.join(" and ")}: ${name}`);
  Deno.test({
    name,
    ignore: isSkipped,
    async fn(context) {
      if (missing.length > 0) throw new Error(`${missing.join(" and ")} not installed`);
      await run(context);
    },
  });
}

/** Whether a program is in PATH. */
export function isInstalled(name: string): boolean {
  const { success } = new Deno.Command("sh", { args: ["-c", `command -v ${name}`] }).outputSync();
  return success;
}

/** The SHA-256 fingerprints of all certificates in a PEM text, in their order. */
export async function fingerprints(pem: string): Promise<string[]> {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return await Promise.all(blocks.map(async (block) => {
    const der = Uint8Array.fromBase64(block.replaceAll(/-----[^-]+-----|\s/g, ""));
    return new Uint8Array(await crypto.subtle.digest("SHA-256", der)).toHex();
  }));
}

/** A text of the guide with changes for a test. Each must change something. */
export function replaced(text: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((changed, [from, to]) => {
    assert.ok(changed.includes(from), from);
    return changed.replace(from, to);
  }, text);
}
