/** The door to the permissions of this process. */
import { type EnvironmentName, environmentNames } from "./environment.ts";

/** What certswap asks the operating system about itself: the names that `--allow-sys` takes. */
export const systemNames = ["gid", "hostname", "uid"] as const;

/** One of {@linkcode systemNames}. */
export type SystemName = (typeof systemNames)[number];

/** The kinds of permission that are given whole or not at all. `ffi` and `import` cannot be asked for. */
export const wholeKinds = ["read", "write", "net", "run"] as const;

/** The permissions that a piece of work needs. Everything left out is given up. */
export interface Needs extends Readonly<Partial<Record<(typeof wholeKinds)[number], true>>> {
  /**
   * The network, if the CA that the work is about is kept on a server. Until that is known, `net` and what
   * else it takes are kept: see lib/cli/declaration/selected_ca/store_server.ts.
   */
  readonly store?: true;
  readonly env?: readonly EnvironmentName[];
  readonly sys?: readonly SystemName[];
}

/** Permissions can be given up, but not regained. */
export interface Permissions {
  /** Gives up, for the rest of this process, everything but `needs`. */
  keepOnly(needs: Needs): void;
}

/**
 * Deno's own permissions.
 *
 * Names are given up one by one, which works if they were granted one by one (`--allow-env=A,B`, as in every
 * built certswap); out of a full grant (`-A`) Deno revokes no single name.
 */
export const denoPermissions: Permissions = {
  keepOnly(needs) {
    for (const name of ["ffi", "import", ...wholeKinds] as const) {
      if (!(name in needs)) giveUp({ name });
    }
    if (needs.env === undefined) giveUp({ name: "env" });
    else {
      for (const variable of without(environmentNames, needs.env)) {
        giveUp({ name: "env", variable });
      }
    }
    if (needs.sys === undefined) giveUp({ name: "sys" });
    else {
      for (const kind of without(systemNames, needs.sys)) {
        giveUp({ name: "sys", kind });
      }
    }
  },
};

/** What was already given up: giving it up again takes a millisecond and changes nothing. */
const givenUp = /* @__PURE__ */ new Set<string>();

function giveUp(descriptor: Deno.PermissionDescriptor): void {
  const key = Object.values(descriptor).join(" ");
  if (givenUp.has(key)) return;
  Deno.permissions.revokeSync(descriptor);
  givenUp.add(key);
}

function without<Name>(all: readonly Name[], kept: readonly Name[]): Name[] {
  return all.filter((name) => !kept.includes(name));
}
