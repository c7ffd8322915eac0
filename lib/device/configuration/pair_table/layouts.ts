/** The layouts: what services expect in a directory. Each is nothing but settings that can be written out. */
import type { PairPaths } from "../../pair/mod.ts";
import type { FormatName, Part } from "../../pair/outputs/mod.ts";

/** What `layout` sets. In every name, {@linkcode placeholder} is replaced with the name of the pair. */
export interface Layout {
  /** Left out: `files`. */
  readonly shape?: NonNullable<PairPaths["shape"]>;
  /** Names in `dir`. */
  readonly certificate: string;
  readonly key: string;
  readonly outputs?: readonly LayoutOutput[];
  readonly owner?: string;
  readonly group?: string;
  /** Permission bits. */
  readonly mode?: number;
  readonly keyMode?: number;
}

/** An output of a layout. One that contains `trust` is left out if the pair has no trust anchors. */
export interface LayoutOutput {
  /** Its name in `dir`. */
  readonly file: string;
  readonly contains: readonly Part[];
  /** Left out: `pem`. */
  readonly format?: FormatName;
  /** Its name in `dir`, unless `password_file` of the pair names another. */
  readonly passwordFile?: string;
  readonly friendlyName?: string;
}

/** Replaced with the name of the pair. */
export const placeholder = "NAME";

/** Every layout by its name. */
export const layouts = {
  certbot: {
    certificate: "fullchain.pem",
    key: "privkey.pem",
    outputs: [
      { file: "cert.pem", contains: ["certificate"] },
      { file: "chain.pem", contains: ["intermediates"] },
    ],
    mode: 0o644,
    keyMode: 0o600,
  },
  haproxy: {
    shape: "combined",
    certificate: `${placeholder}.pem`,
    key: `${placeholder}.pem`,
    keyMode: 0o600,
  },
  postgres: {
    certificate: "server.crt",
    key: "server.key",
    owner: "postgres",
    group: "postgres",
    keyMode: 0o600,
  },
  mosquitto: {
    certificate: "server.crt",
    key: "server.key",
    outputs: [{ file: "ca.crt", contains: ["trust"] }],
    owner: "root",
    group: "mosquitto",
    keyMode: 0o640,
  },
  nginx: { certificate: "cert.pem", key: "key.pem", owner: "root", keyMode: 0o600 },
  java: {
    certificate: "cert.pem",
    key: "key.pem",
    outputs: [{
      file: "keystore.p12",
      contains: ["key", "chain"],
      format: "pkcs12",
      passwordFile: "keystore.password",
      friendlyName: placeholder,
    }],
  },
  // For a directory beside pmxcfs(8), which refuses the modes of certswap's own files.
  proxmox: { certificate: "pveproxy-ssl.pem", key: "pveproxy-ssl.key" },
  flip: { shape: "flip", certificate: "current/cert.pem", key: "current/key.pem" },
} as const satisfies Readonly<Record<string, Layout>>;

/** A name of {@linkcode layouts}. */
export type LayoutName = keyof typeof layouts;

/** The names of all layouts. */
export const layoutNames = Object.keys(layouts) as readonly LayoutName[];

/** The layout of this name, if there is one. */
export function layoutNamed(name: unknown): Layout | undefined {
  return typeof name === "string" && Object.hasOwn(layouts, name)
    ? layouts[name as LayoutName]
    : undefined;
}
