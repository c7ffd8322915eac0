/** Resolves shared hooks: the tables `[hook.NAME]` that pairs refer to. */
import type { HookConfiguration } from "../../service/mod.ts";
import type { PairConfiguration } from "../configuration.ts";
import type { ConfigurationProblem } from "../errors.ts";
import { nearest } from "../../../toml/mod.ts";
import type { ParsedPair } from "../pair_table/mod.ts";
import type { ParsedFile, Written } from "../parse_file.ts";

/** Pairs with all their hooks, and the names of hooks that do not exist. */
interface WithHooks {
  readonly pairs: readonly Written<PairConfiguration>[];
  readonly problems: readonly ConfigurationProblem[];
}

/** Finds the hooks that pairs name, in any file. */
export function withSharedHooks(
  pairs: readonly Written<ParsedPair>[],
  shared: ParsedFile["hooks"],
): WithHooks {
  const known = new Map(shared.map(({ value: { name, hook } }) => [name, hook]));
  const problems: ConfigurationProblem[] = [];
  const resolved = pairs.map((pair) => {
    const { hooks } = pair.value;
    const found = hooks.flatMap((hook, index): readonly HookConfiguration[] => {
      if (!("reference" in hook)) return [hook];
      const name = hook.reference;
      if (!known.has(name)) {
        const path = hooks.length === 1 ? ["hook"] : ["hook", index];
        const suggestion = nearest(name, [...known.keys()]);
        const mistake = { kind: "unknown-hook", key: pair.key(...path), name, suggestion } as const;
        problems.push({ ...pair.place(...path), mistake });
      }
      // A mistake in its table is reported there.
      const table = known.get(name);
      return table === undefined ? [] : [table];
    });
    return { ...pair, value: { ...pair.value, hooks: found } };
  });
  return { pairs: resolved, problems };
}
