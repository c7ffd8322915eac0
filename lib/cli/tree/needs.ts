/** The permissions of commands: what a command does not name here is given up before it is loaded. */
import type { Needs } from "../../system/mod.ts";

/** For what only looks. */
export const readsFiles = {
  read: true,
  env: ["NO_COLOR"],
  sys: ["gid", "uid"],
} as const satisfies Needs;

/** For what changes files. It can reach no other process and no network. */
export const changesFiles = { ...readsFiles, write: true } as const satisfies Needs;

/** For what only looks at pairs, which the configuration may name. */
export const readsPairs = {
  ...readsFiles,
  env: ["CERTSWAP_CONFIG", "NO_COLOR"],
} as const satisfies Needs;

/**
 * For what also looks at what is mounted, which only programs can, and is then left with
 * {@linkcode readsPairs}.
 */
export const looksAroundPairs = { ...readsPairs, run: true } as const satisfies Needs;

/** For what changes pairs. */
export const changesPairs = { ...readsPairs, write: true } as const satisfies Needs;

/**
 * For what replaces the files that services read: it reads their access control lists, which only programs
 * can, and is then left with {@linkcode changesPairs}.
 */
export const activatesPairs = { ...changesPairs, run: true } as const satisfies Needs;

/**
 * For what renews pairs: it runs issuers and hooks, and asks services for their certificates. Deno lets a
 * process end the group of another one only if it may run every program.
 */
export const rotatesPairs = { ...changesPairs, run: true, net: true } as const satisfies Needs;

/** For what tries probes: it reads pairs, runs programs and connects to services. */
export const probesServices = { ...readsPairs, run: true, net: true } as const satisfies Needs;

/** For what only looks at a CA. */
export const readsCa = {
  ...readsFiles,
  env: ["CA_DATA_DIR", "NO_COLOR"],
} as const satisfies Needs;

/** For what changes a CA. It too can reach no other process and no network. */
export const changesCa = { ...readsCa, write: true } as const satisfies Needs;

/** For what only has something to say. */
export const saysOnly = { env: ["NO_COLOR"] } as const satisfies Needs;
