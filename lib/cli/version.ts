/** The versions of certswap and of its runtime, and the kind of build. */
import { denoRuntime, present } from "../system/mod.ts";

/** The build of this certswap. */
export interface Build {
  readonly kind: "sources" | "compiled" | "self-contained";
  /** The time of the build or of the last change, RFC 3339 in UTC. Sources have none. */
  readonly date?: string;
}

/** What `certswap --version --json` prints. */
export type Version = {
  readonly version: string;
  /** The versions of the runtime. */
  readonly deno: string;
  readonly v8: string;
  readonly kind: Build["kind"];
  /** The time of the build, RFC 3339 in UTC. Sources have none. */
  readonly built?: string;
};

/** The version of this certswap. */
export async function certswapVersion({ kind, date }: Build): Promise<Version> {
  const { default: project } = await import("../../deno.json", { with: { type: "json" } });
  return { version: project.version, ...denoRuntime(), kind, ...present({ built: date }) };
}

/** The lines that `certswap --version` prints. */
export function versionLines({ version, deno, v8, kind, built }: Version): string[] {
  return [
    `certswap ${version}`,
    `Deno ${deno}, V8 ${v8}`,
    built === undefined ? `Run from ${kind}` : `Built ${built}, ${kind}`,
  ];
}
