/** PKCS#12 files on the simulated disk, judged by what they hold: their bytes are random. */
import { readPkcs12, writePkcs12 } from "../../../lib/protocol/pkcs12/mod.ts";
import { CertswapError, type System } from "../../../lib/system/mod.ts";
import { readCertificateFile, readPrivateKeyFile } from "../../../lib/x509/mod.ts";
import type { TestPair } from "../../support/pairs.ts";
import { bytesOf, type ContentId } from "../model/contents.ts";
import { visibleFiles } from "../model/disk.ts";
import type { SimulatedFileSystem } from "../model/simulated_file_system.ts";

/** The password of every such file. */
export const password = "correct horse";

/** What is in each file that was seen, in the form of {@linkcode digestOf}; nothing in a damaged one. */
const opened = new Map<ContentId, string | undefined>();

/** Opens the files at these paths, each content once. */
export async function openFiles({ files }: System, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const seen = visibleFiles((files as SimulatedFileSystem).disk);
  for (const path of paths) {
    const file = seen.get(path);
    if (typeof file !== "object" || opened.has(file.content)) continue;
    opened.set(file.content, await contentOf(bytesOf(file.content)));
  }
}

async function contentOf(bytes: Uint8Array): Promise<string | undefined> {
  try {
    const { key, certificates } = await readPkcs12(new Uint8Array(bytes), encode(password));
    return digestOf(key.pkcs8, certificates.map(({ der }) => der));
  } catch (error) {
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}

/** The content of a file that must hold key and chain of this pair. It must have been opened. */
export function holdsPair(pair: TestPair): { readonly isHeldBy: (id: ContentId) => boolean } {
  const { leaf, chain } = readCertificateFile(encode(pair.chainPem));
  const wanted = digestOf(pair.pkcs8, [leaf, ...chain].map(({ der }) => der));
  return { isHeldBy: (id) => opened.get(id) === wanted };
}

/** A file with key and chain of this pair. */
export async function sealed(pair: TestPair): Promise<Uint8Array> {
  const { leaf, chain } = readCertificateFile(encode(pair.chainPem));
  return await writePkcs12({
    key: readPrivateKeyFile(encode(pair.keyPem)).pkcs8,
    leaf: leaf.der,
    intermediates: chain.map(({ der }) => der),
    trust: [],
  }, { password: encode(password), profile: "modern", friendlyName: undefined });
}

/**
 * Does `work` with salts that are always the same: a scenario must do the same each time, and only then are
 * its states found again.
 */
export async function withFixedSalts<T>(work: () => Promise<T>): Promise<T> {
  const random = crypto.getRandomValues;
  crypto.getRandomValues = (bytes) => {
    if (bytes instanceof Uint8Array) bytes.fill(0x5a);
    return bytes;
  };
  try {
    return await work();
  } finally {
    crypto.getRandomValues = random;
  }
}

function digestOf(key: Uint8Array, certificates: readonly Uint8Array[]): string {
  return [key.toHex(), ...certificates.map((der) => der.toHex()).sort()].join(" ");
}

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
