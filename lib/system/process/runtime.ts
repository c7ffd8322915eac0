/** What runs certswap. */
export interface Runtime {
  readonly deno: string;
  readonly v8: string;
}

/** The runtime of this process. Needs no permission. */
export function denoRuntime(): Runtime {
  return { deno: Deno.version.deno, v8: Deno.version.v8 };
}
