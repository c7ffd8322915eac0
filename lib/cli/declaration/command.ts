/** How a command is declared: one object from which the parser, the help and the lazy loading are made. */
import {
  buildCommand,
  buildRouteMap,
  type Command,
  type CommandContext,
  type RouteMap,
  type TypedCommandParameters,
} from "@stricli/core";
import type { Needs } from "../../system/mod.ts";
import { commandHelp, groupHelp } from "./help_page.ts";
import type { Outcome } from "../print/mod.ts";
import type { World } from "../world.ts";

/** What the parser hands to every command. */
export interface Invocation extends CommandContext {
  readonly world: World;
  /** Takes what the command has to say, or the error that ended it. */
  readonly settle: (result: { outcome: Outcome } | { error: unknown }) => void;
}

/** A command's work. It prints nothing: what it returns is printed, what it throws is explained. */
export type Action<Flags, Arguments extends readonly unknown[] = []> = (
  world: World,
  flags: Flags,
  ...positional: Arguments
) => Promise<Outcome>;

/** Flags that every command has. */
export interface CommonFlags {
  readonly json: boolean;
}

/** A call as a user would type it, with what it does. */
export interface Example {
  readonly input: string;
  readonly does: string;
}

/** All there is to say about a command but its work. */
export interface Documentation {
  /** What follows the command's name in its usage line. */
  readonly usage: string;
  /** One line, for the list of commands. */
  readonly brief: string;
  /** Paragraphs. They are wrapped where they are shown. */
  readonly description: readonly string[];
  readonly examples: readonly Example[];
}

/** A command: its documentation, what it takes, what it needs, and where its work is loaded from. */
export interface CommandDeclaration<
  Flags extends CommonFlags & Readonly<Partial<Record<keyof Flags, unknown>>>,
  Arguments extends readonly unknown[],
> {
  readonly documentation: Documentation;
  readonly parameters: NoInfer<TypedCommandParameters<Flags, Arguments, Invocation>>;
  /** All that it may do to the outside: the rest is given up before `load` is called. */
  readonly needs: Needs;
  /** Whether flags tell it only to look (`--dry-run`): then it gives up all that could change anything. */
  readonly onlyLooks?: (flags: NoInfer<Flags>) => boolean;
  readonly load: () => Promise<{ readonly default: Action<Flags, Arguments> }>;
}

/** A command of the tree. */
export interface DeclaredCommand {
  readonly documentation: Documentation;
  readonly needs: Needs;
  /** Makes what the parser takes. A start does so for the one command that it was called for. */
  readonly build: () => Command<Invocation>;
  /** Its help. @param path the words that lead to it: `["certswap", "swap"]`. */
  readonly help: (path: readonly string[]) => string;
}

/**
 * Declares a command of the tree.
 *
 * Calls are marked as pure: a bundle made for one command leaves out what the others would load.
 */
export function command<
  Flags extends CommonFlags & Readonly<Partial<Record<keyof Flags, unknown>>>,
  Arguments extends readonly unknown[] = [],
>(declaration: CommandDeclaration<Flags, Arguments>): DeclaredCommand {
  const { documentation, parameters, needs, onlyLooks, load } = declaration;
  const build = (): Command<Invocation> => {
    const built = buildCommand<Flags, Arguments, Invocation>({
      parameters,
      docs: { brief: documentation.brief },
      func: async function (flags, ...positional) {
        try {
          this.world.permissions.keepOnly(onlyLooks?.(flags) ? toLook(needs) : needs);
          const { default: action } = await load();
          this.settle({ outcome: await action(this.world, flags, ...positional) });
        } catch (error) {
          this.settle({ error });
        }
      },
    });
    const { parameters: flags } = built;
    return { ...built, formatHelp: ({ prefix }) => commandHelp(prefix, documentation, flags) };
  };
  const help = (path: readonly string[]): string =>
    commandHelp(path, documentation, build().parameters);
  return { documentation, needs, build, help };
}

/** What is left of a command's needs where it is told only to look: nothing by which anything is changed. */
function toLook({ write: _write, run: _run, net: _net, ...others }: Needs): Needs {
  return others;
}

/** A heading in the help of a group, with the names of the commands under it. */
export interface Section<Name extends string> {
  readonly title: string;
  readonly commands: readonly Name[];
}

/** A group of commands: `certswap` itself, or `certswap ca`. */
export interface GroupDeclaration<Name extends string> {
  readonly brief: string;
  readonly description: readonly string[];
  readonly routes: Readonly<Record<Name, DeclaredCommand | DeclaredGroup>>;
  readonly sections: readonly Section<NoInfer<Name>>[];
  readonly examples: readonly Example[];
  /** Paragraphs after everything else. */
  readonly notes?: readonly string[];
}

/** A group of the tree. */
export interface DeclaredGroup {
  readonly declaration: GroupDeclaration<string>;
  /** Makes what the parser takes, with everything below it. */
  readonly build: () => RouteMap<Invocation>;
  /** Its help. @param path the words that lead to it: `["certswap", "ca"]`. */
  readonly help: (path: readonly string[]) => string;
}

/** Declares a group of the tree. */
export function group<Name extends string>(declaration: GroupDeclaration<Name>): DeclaredGroup {
  const { brief, routes } = declaration;
  const build = (): RouteMap<Invocation> => ({
    ...buildRouteMap<string, Invocation>({
      routes: Object.fromEntries(
        Object.entries<DeclaredCommand | DeclaredGroup>(routes).map((
          [name, route],
        ) => [name, route.build()]),
      ),
      docs: { brief },
    }),
    formatHelp: ({ prefix }) => groupHelp(prefix, declaration),
  });
  return { declaration, build, help: (path) => groupHelp(path, declaration) };
}
