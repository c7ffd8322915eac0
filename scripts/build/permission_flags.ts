/** The permissions that the executable is started with. */
import { everyCommand } from "../../lib/cli/tree/walk.ts";
import { environmentNames, systemNames, wholeKinds } from "../../lib/system/mod.ts";

/** The permissions of the executable: what its commands need together, and nothing else. */
export interface GrantedPermissions {
  readonly whole: readonly (typeof wholeKinds)[number][];
  readonly env: readonly string[];
  readonly sys: readonly string[];
}

/** The permissions of all commands together. Each command gives up at start what only the others need. */
export function grantedPermissions(): GrantedPermissions {
  const needs = everyCommand().map(({ target }) => target.needs);
  return {
    whole: wholeKinds.filter((kind) => needs.some((need) => need[kind] === true)),
    env: environmentNames.filter((name) => needs.some((need) => need.env?.includes(name))),
    sys: systemNames.filter((name) => needs.some((need) => need.sys?.includes(name))),
  };
}

/** {@linkcode grantedPermissions} as flags of `deno run` and `deno compile`. */
export function permissionFlags(): string[] {
  const { whole, env, sys } = grantedPermissions();
  return [
    ...whole.map((kind) => `--allow-${kind}`),
    ...(env.length === 0 ? [] : [`--allow-env=${env.join(",")}`]),
    ...(sys.length === 0 ? [] : [`--allow-sys=${sys.join(",")}`]),
  ];
}
