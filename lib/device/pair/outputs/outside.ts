/** Which outputs are entries of the transaction, and which are in a version of a flip. */
import { directoryOf } from "../../../system/mod.ts";
import type { Pair } from "../layout.ts";
import type { Output } from "./spec.ts";

/** Those that are not in the version of a flip. */
export function outputsOutside(
  pair: Pick<Pair, "outputs" | "shape" | "active">,
): readonly Output[] {
  return pair.outputs.filter(({ path }) => !isInVersion(pair, path));
}

/** Those that are in the version of a flip. */
export function outputsInside(pair: Pick<Pair, "outputs" | "shape" | "active">): readonly Output[] {
  return pair.outputs.filter(({ path }) => isInVersion(pair, path));
}

/** Whether a path is in the version of a flip. */
export function isInVersion(
  { shape, active }: Pick<Pair, "shape" | "active">,
  path: string,
): boolean {
  return shape === "flip" && directoryOf(path) === directoryOf(active.certificate);
}
