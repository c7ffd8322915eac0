import { join } from "../../lib/system/mod.ts";
import type { Waivers } from "../../lib/device/pair/validation.ts";
import { type Authority, makeAuthority, type TestPair } from "./pairs.ts";
import { withTemporaryDirectory } from "./temporary_directory.ts";

/** An authority and three pairs of the same identity, each newer than the one before. Made once. */
export interface Fleet {
  readonly authority: Authority;
  readonly first: TestPair;
  readonly second: TestPair;
  readonly third: TestPair;
}

let made: Promise<Fleet> | undefined;

/** The pairs that most tests use. */
export function fleet(): Promise<Fleet> {
  return made ??= makeFleet();
}

async function makeFleet(): Promise<Fleet> {
  const authority = await makeAuthority();
  const [first, second, third] = await Promise.all(
    ["01", "02", "03"].map((month) =>
      authority.issue({ notBefore: new Date(`2026-${month}-01T00:00:00Z`) })
    ),
  );
  if (!first || !second || !third) throw new Error("unreachable");
  return { authority, first, second, third };
}

/** A directory of its own with a device's `tls/` in it. */
export interface Device {
  /** Holds everything; absolute. */
  readonly root: string;
  /** The directory of the active pair. */
  readonly tls: string;
  readonly paths: { readonly certificate: string; readonly key: string };
  /** `paths`, and `tls/all.pem`. */
  readonly withCombined: Device["paths"] & { readonly combined: string };
  /** Writes a pair as `NAME.pem` and `NAME.key` next to `tls/`. */
  give(name: string, pair: TestPair): { certificate: string; key: string };
  /** Makes a pair the active one, as a person would: by writing files (certificate 0644, key 0600). */
  activate(pair: TestPair): void;
  /** Reads a file in `tls/`; `undefined` if there is none. */
  read(name: string): string | undefined;
}

/** Runs `work` on a device without a pair. */
export async function withDevice(work: (device: Device) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (root) => {
    Deno.mkdirSync(join(root, "tls"));
    await work(deviceIn(root));
  });
}

/** The device in a directory that has a `tls/`. */
export function deviceIn(root: string): Device {
  const tls = join(root, "tls");
  const paths = { certificate: join(tls, "cert.pem"), key: join(tls, "key.pem") };
  return {
    root,
    tls,
    paths,
    withCombined: { ...paths, combined: join(tls, "all.pem") },
    give(name, pair) {
      const files = { certificate: join(root, `${name}.pem`), key: join(root, `${name}.key`) };
      Deno.writeTextFileSync(files.certificate, pair.chainPem);
      Deno.writeTextFileSync(files.key, pair.keyPem);
      return files;
    },
    activate(pair) {
      Deno.writeTextFileSync(paths.certificate, pair.chainPem, { mode: 0o644 });
      Deno.writeTextFileSync(paths.key, pair.keyPem, { mode: 0o600 });
    },
    read(name) {
      try {
        return Deno.readTextFileSync(join(tls, name));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        throw error;
      }
    },
  };
}

/** No check is waived. */
export const strict: Waivers = { allowIdentityChange: false, allowOlder: false };

/** Options of most swaps. */
export const swapDefaults = { ...strict, keepPrevious: false, lockTimeout: 1000 } as const;

/** The hidden files next to the pair. */
export const hidden = {
  pendingCertificate: ".cert.pem.certswap.pending",
  pendingKey: ".key.pem.certswap.pending",
  previousCertificate: ".cert.pem.certswap.previous",
  previousKey: ".key.pem.certswap.previous",
} as const;
