/** The rows of a table with the pair's own files. */
import type { PairPaths } from "../../device/pair/mod.ts";

/** The pair's own files. The outputs are not among them. */
export function homeRows(
  { certificate, key, combined, shape }: PairPaths,
): readonly (readonly [string, string])[] {
  if (shape === "combined") return [["Combined", certificate]];
  return [
    ["Certificate", certificate],
    ["Key", key],
    ...(combined === undefined ? [] : [["Combined", combined] as const]),
  ];
}
