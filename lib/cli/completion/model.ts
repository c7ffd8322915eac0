/** The command tree as completion needs it, for every shell. */
import type { DeviceWords } from "../choices.ts";
import type { Completes, DeclaredCommand, DeclaredGroup, Parameters } from "../declaration/mod.ts";
import { kebab } from "../text.ts";
import { listedCommands, listedGroups } from "../tree/mod.ts";

/** The value of a flag, or an argument. */
export type Value =
  | { readonly kind: "none" }
  | { readonly kind: "file" }
  | { readonly kind: "directory" }
  | { readonly kind: "words"; readonly words: readonly string[] }
  /** Words that `certswap complete` lists. */
  | { readonly kind: "listed"; readonly list: DeviceWords }
  | { readonly kind: "any" };

/** A flag, as it is typed. */
export interface CompletedFlag {
  readonly flag: string;
  readonly brief: string;
  readonly value: Value;
}

/** What can follow the words of a command or a group. */
export interface Completed {
  /** The words, without `certswap`: `["ca", "sign"]`. */
  readonly words: readonly string[];
  readonly subcommands: readonly { readonly name: string; readonly brief: string }[];
  readonly flags: readonly CompletedFlag[];
  /** The kind of its arguments. */
  readonly argument: Value;
}

type Flag = NonNullable<Parameters["flags"]>[string];

/** The whole command tree, groups first. */
export function completionModel(): Completed[] {
  const helpFlag: CompletedFlag = { flag: "--help", brief: "Show help", value: { kind: "none" } };
  const groups = listedGroups().map(({ words, target: { declaration } }): Completed => ({
    words: words.slice(1),
    subcommands: declaration.sections.flatMap((section) => section.commands).map((name) => ({
      name,
      brief: briefOf(declaration.routes[name]),
    })),
    flags: words.length > 1
      ? [helpFlag]
      : [helpFlag, { flag: "--version", brief: "Show the version", value: { kind: "none" } }],
    argument: { kind: "none" },
  }));
  const commands = listedCommands().map(({ words, target }): Completed => {
    const { flags = {}, positional } = target.parameters;
    return {
      words: words.slice(1),
      subcommands: [],
      flags: [
        ...Object.entries(flags).map(([name, flag]) => ({
          flag: `--${kebab(name)}`,
          brief: flag.brief,
          value: flagValue(flag),
        })),
        helpFlag,
      ],
      argument: argumentValue(positional),
    };
  });
  return [...groups, ...commands];
}

function briefOf(target: DeclaredCommand | DeclaredGroup | undefined): string {
  if (target === undefined) return "";
  return "needs" in target ? target.documentation.brief : target.declaration.brief;
}

function flagValue(flag: Flag): Value {
  if (flag.kind === "boolean" || flag.kind === "counter") return { kind: "none" };
  if (flag.kind === "enum") return { kind: "words", words: flag.values };
  return declaredValue(flag);
}

function argumentValue(positional: Parameters["positional"]): Value {
  if (positional === undefined) return { kind: "none" };
  const [first] = positional.kind === "array" ? [positional.parameter] : positional.parameters;
  return first === undefined ? { kind: "none" } : declaredValue(first);
}

/** What the declaration says about completion. Text for people is not used. */
function declaredValue(declared: object & { readonly completes?: Completes }): Value {
  const { completes } = declared;
  if (completes === undefined) return { kind: "any" };
  if (completes === "file" || completes === "directory") return { kind: completes };
  return typeof completes === "string"
    ? { kind: "listed", list: completes }
    : { kind: "words", words: completes };
}
