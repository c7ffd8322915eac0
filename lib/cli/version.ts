import { denoRuntime } from "../system/process/runtime.ts";

/** How this certswap came to be. */
export interface Build {
  readonly kind: "sources" | "compiled" | "self-contained";
  /** When it was built, or last changed, RFC 3339 in UTC. Sources have none. */
  readonly date?: string;
}

/** What `certswap --version` prints. */
export async function certswapVersion({ kind, date }: Build): Promise<string> {
  const { default: project } = await import("../../deno.json", { with: { type: "json" } });
  const { deno, v8 } = denoRuntime();
  return [
    `certswap ${project.version}`,
    `Deno ${deno}, V8 ${v8}`,
    date === undefined ? `Run from ${kind}` : `Built ${date}, ${kind}`,
  ].join("\n");
}
