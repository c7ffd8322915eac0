/** The permissions of commands. A command gives up all others before it is loaded. */
import type { Needs } from "../../system/mod.ts";

/** For commands that change a CA: its history names the user and the machine. */
const namesMachine = ["gid", "hostname", "uid"] as const;

/** For commands that only read. */
export const readsFiles = {
  read: true,
  env: ["NO_COLOR"],
  sys: ["gid", "uid"],
} as const satisfies Needs;

/** For commands that change files. They have no access to other processes or the network. */
export const changesFiles = { ...readsFiles, write: true } as const satisfies Needs;

/** For commands that only read pairs, which may be named in the configuration. */
export const readsPairs = {
  ...readsFiles,
  env: ["CERTSWAP_CONFIG", "NO_COLOR"],
} as const satisfies Needs;

/**
 * For commands that also look at mounts, which only programs can do. They then keep
 * {@linkcode readsPairs}.
 */
export const looksAroundPairs = { ...readsPairs, run: true } as const satisfies Needs;

/** For commands that change pairs. */
export const changesPairs = { ...readsPairs, write: true } as const satisfies Needs;

/**
 * For commands that replace the files that services read. They run getfacl to read access control lists, and
 * then keep only {@linkcode changesPairs}.
 */
export const activatesPairs = { ...changesPairs, run: true } as const satisfies Needs;

/**
 * For renewal, which signs with a CA on this machine, runs issuers and hooks, and connects to services to see
 * their certificates. To kill a process group, Deno requires the permission to run every program.
 */
export const rotatesPairs = {
  ...changesPairs,
  run: true,
  net: true,
  sys: namesMachine,
  env: ["CERTSWAP_CONFIG", "NO_COLOR", "https_proxy", "no_proxy"],
} as const satisfies Needs;

/** For commands that try probes: they read pairs, run programs and connect to services. */
export const probesServices = { ...readsPairs, run: true, net: true } as const satisfies Needs;

/** For commands that only read a CA. */
export const readsCa = {
  ...readsFiles,
  store: true,
  env: ["CA_DATA_DIR", "NO_COLOR"],
} as const satisfies Needs;

/** For commands that change a CA. They have no access to other processes or the network. */
export const changesCa = { ...readsCa, write: true, sys: namesMachine } as const satisfies Needs;

/** For commands that sign with a CA's key, whose passphrase systemd may provide. */
export const signsWithCa = {
  ...changesCa,
  env: ["CA_DATA_DIR", "CREDENTIALS_DIRECTORY", "NO_COLOR"],
} as const satisfies Needs;

/** For CRLs, which a hook may publish. Without a hook, the command keeps only {@linkcode signsWithCa}. */
export const publishesCrls = { ...signsWithCa, run: true } as const satisfies Needs;

/**
 * For the servers of a CA, which a hook may publish the CRL of. Without a hook, they keep only
 * {@linkcode servesCaWithoutHook}.
 */
export const servesCa = { ...publishesCrls, net: true } as const satisfies Needs;

/** For the servers of a CA without a publish hook. */
export const servesCaWithoutHook = { ...signsWithCa, net: true } as const satisfies Needs;

/** For completion, which reads the configuration or a CA. */
export const listsWords = {
  ...readsFiles,
  env: ["CA_DATA_DIR", "CERTSWAP_CONFIG", "NO_COLOR"],
} as const satisfies Needs;

/** For commands that only print text. */
export const saysOnly = { env: ["NO_COLOR"] } as const satisfies Needs;
