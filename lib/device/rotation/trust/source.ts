/** Reads the source of a trust bundle: an EST server, or a file. */
import type { System } from "../../../system/mod.ts";
import { type Certificate, isSelfIssued } from "../../../x509/mod.ts";
import type { PairConfiguration, TrustBundleConfiguration } from "../../configuration/mod.ts";
import { loadAnchors, type LoadedPair } from "../../pair/mod.ts";
import { NoRootServedError } from "./errors.ts";
import { type Root, toRoots } from "./roots.ts";

/** What a source is read with. */
interface SourceOptions {
  readonly source: TrustBundleConfiguration;
  readonly issuer: PairConfiguration["issuer"];
  /** What the server's certificate must lead to. */
  readonly anchors: readonly Certificate[];
  readonly current: LoadedPair;
}

/**
 * Reads the source of a trust bundle.
 *
 * @throws NoRootServedError if it has no root; the errors of reading the file, or of asking the server.
 */
export async function readSource(
  system: System,
  options: SourceOptions,
): Promise<readonly Root[]> {
  const served = await toRoots(await certificatesOf(system, options));
  if (!served.some(({ certificate }) => isSelfIssued(certificate))) {
    throw new NoRootServedError(served.length);
  }
  return served;
}

/** Whether the server can be reached with these trust anchors alone. A file always can. */
export async function isReachable(system: System, options: SourceOptions): Promise<boolean> {
  try {
    await certificatesOf(system, options);
    return true;
  } catch (error) {
    if (error instanceof Error && (error as { code?: unknown }).code === "est-server") return false;
    throw error;
  }
}

async function certificatesOf(
  system: System,
  { source: { source: file }, issuer, anchors, current }: SourceOptions,
): Promise<readonly Certificate[]> {
  if (file !== undefined) return loadAnchors(system.files, file).anchors ?? [];
  if (issuer?.kind !== "est") throw new TypeError("a trust bundle without a source");
  const { fetchCaCertificates } = await import("../../issuer/est/ca_certificates.ts");
  return await fetchCaCertificates(system, issuer, { anchors, current });
}
