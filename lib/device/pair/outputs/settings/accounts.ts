/** Insists that the users and groups exist that a pair's files must belong to. */
import { requireId } from "../../../accounts/mod.ts";
import type { PairPaths } from "../../layout.ts";
import type { WantedRights } from "../spec.ts";

/**
 * Insists that this machine knows every user and group that a pair's files must belong to.
 *
 * @throws UnknownAccountError for the first that it does not know.
 */
export function requireKnownAccounts(
  { certificate, key, rights, outputs = [] }: Pick<
    PairPaths,
    "certificate" | "key" | "rights" | "outputs"
  >,
): void {
  if (rights !== undefined) {
    requireKnown(certificate, rights.certificate);
    requireKnown(key, rights.key);
  }
  for (const { path, rights } of outputs) requireKnown(path, rights);
}

function requireKnown(path: string, { owner, group }: WantedRights): void {
  if (owner !== undefined) requireId(owner, { kind: "user", path });
  if (group !== undefined) requireId(group, { kind: "group", path });
}
