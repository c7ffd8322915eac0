/** The files of a pair that services read. */
import type { Pair } from "../layout.ts";
import { isSecret, type WantedRights } from "./spec.ts";

/** A file that services read. */
export interface ServedFile {
  /** Resolved. */
  readonly path: string;
  /** Whether it contains the private key. */
  readonly isSecret: boolean;
  /** What the configuration demands. */
  readonly rights: WantedRights;
}

/** The files of a pair that services read, each once: the key first. */
export function servedFiles(pair: Pair): readonly ServedFile[] {
  const { active, combined, outputs, rights, shape } = pair;
  return [
    { path: active.key, isSecret: true, rights: rights.key },
    ...(shape === "combined"
      ? []
      : [{ path: active.certificate, isSecret: false, rights: rights.certificate }]),
    ...(combined === undefined ? [] : [{ path: combined, isSecret: true, rights: rights.key }]),
    ...outputs.map((output) => ({
      path: output.path,
      isSecret: isSecret(output),
      rights: output.rights,
    })),
  ];
}
