/** Finds the users and groups that pairs name. */
import type { System } from "../../../system/mod.ts";
import type { Account, FoundAccounts } from "../../accounts/mod.ts";
import type { PairPaths } from "../../pair/mod.ts";
import type { WantedRights } from "../../pair/outputs/mod.ts";
import type { PairConfiguration } from "../configuration.ts";
import type { Written } from "../parse_file.ts";

/**
 * Finds the numbers of all users and groups that pairs name, once for all pairs. One that is not found is an
 * error of its pair only, when the pair is used.
 *
 * @throws InterruptedError if a signal told certswap to stop meanwhile.
 */
export async function withAccounts(
  system: Pick<System, "files" | "processes">,
  pairs: readonly Written<PairConfiguration>[],
): Promise<readonly Written<PairConfiguration>[]> {
  const rights = pairs.flatMap(({ value: { paths } }) => rightsIn(paths));
  const users = rights.flatMap(({ owner }) => owner?.name ?? []);
  const groups = rights.flatMap(({ group }) => group?.name ?? []);
  if (users.length + groups.length === 0) return pairs;
  // Most configurations name none, and do not load it.
  const { findAccounts } = await import("../../accounts/mod.ts");
  const found = await findAccounts(system, { users, groups });
  return pairs.map((pair) => ({
    ...pair,
    value: { ...pair.value, paths: withFound(pair.value.paths, found) },
  }));
}

function rightsIn({ rights, outputs = [] }: PairPaths): readonly WantedRights[] {
  return [
    ...(rights === undefined ? [] : [rights.certificate, rights.key]),
    ...outputs.map((output) => output.rights),
  ];
}

function withFound(paths: PairPaths, found: FoundAccounts): PairPaths {
  const { rights, outputs } = paths;
  const filled = (wanted: WantedRights): WantedRights => rightsWith(wanted, found);
  return {
    ...paths,
    ...(rights && {
      rights: { certificate: filled(rights.certificate), key: filled(rights.key) },
    }),
    ...(outputs && {
      outputs: outputs.map((output) => ({ ...output, rights: filled(output.rights) })),
    }),
  };
}

function rightsWith(wanted: WantedRights, { users, groups }: FoundAccounts): WantedRights {
  const { owner, group } = wanted;
  return {
    ...wanted,
    ...(owner && { owner: accountIn(users, owner) }),
    ...(group && { group: accountIn(groups, group) }),
  };
}

function accountIn(accounts: ReadonlyMap<string, Account>, { name }: Account): Account {
  return accounts.get(name) ?? { name, id: undefined };
}
