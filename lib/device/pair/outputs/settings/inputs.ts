/** What outputs are made from, besides the pair: trust anchors and passwords. */
import { attempt, type FileSystem } from "../../../../system/mod.ts";
import { SamePathError } from "../../../errors.ts";
import type { PairPaths } from "../../layout.ts";

/**
 * Insists that no file of a pair is what one of its outputs is made from: a change would write over it.
 *
 * @throws SamePathError
 */
export function requireInputsApart(
  files: FileSystem,
  { certificate, key, combined, outputs = [], trust }: PairPaths,
): void {
  const real = (path: string): string => attempt(() => files.realPath(path)) ?? path;
  const written = new Map(
    [
      [certificate, "certificate"] as const,
      [key, "key"] as const,
      ...(combined === undefined ? [] : [[combined, "combined"] as const]),
      ...outputs.map(({ path }) => [path, "output"] as const),
    ].map(([path, role]) => [real(path), role]),
  );
  const passwords = outputs.flatMap(({ passwordFile }) => passwordFile ?? []);
  for (const path of passwords.map(real)) {
    const role = written.get(path);
    if (role !== undefined) throw new SamePathError(path, [role, "password"]);
  }
  // The trust anchor of a self-signed certificate may be the certificate itself.
  if (trust !== undefined && written.get(real(trust)) === "output") {
    throw new SamePathError(real(trust), ["output", "trust"]);
  }
}
