/** How a command is declared: one object from which the parser, the help and the lazy loading are made. */
// The parser is imported for its types only: the files of the bundle that start a command do without it.
import type { Command, CommandContext, TypedCommandParameters } from "@stricli/core";
import type { Needs } from "../../system/mod.ts";
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
  /** What it keeps then, if that is more: a command that starts a program to look gives that up itself. */
  readonly looksWith?: Needs;
  readonly load: () => Promise<{ readonly default: Action<Flags, Arguments> }>;
}

/** The flags and arguments of a command, as the parser is told of them. */
export type Parameters = Command<Invocation>["parameters"];

/** What is on a line that was read: the value of each flag by its name, and the arguments in their order. */
export interface ReadLine {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly positional: readonly unknown[];
}

/** A command of the tree. */
export interface DeclaredCommand {
  readonly documentation: Documentation;
  readonly parameters: Parameters;
  readonly needs: Needs;
  /**
   * Gives up what is not needed, loads the command, and has it do its work.
   *
   * @param line what was read by {@linkcode parameters}.
   * @throws the errors of the command.
   */
  readonly act: (world: World, line: ReadLine) => Promise<Outcome>;
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
  const { documentation, parameters, needs, onlyLooks, looksWith, load } = declaration;
  const act = async (world: World, line: ReadLine): Promise<Outcome> => {
    // Read by the very parameters that these types describe.
    const { flags, positional } = line as { flags: Flags; positional: Arguments };
    world.permissions.keepOnly(onlyLooks?.(flags) ? looksWith ?? toLook(needs) : needs);
    const { default: action } = await load();
    return await action(world, flags, ...positional);
  };
  return { documentation, parameters: parameters as unknown as Parameters, needs, act };
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
}

/** Declares a group of the tree. */
export function group<Name extends string>(declaration: GroupDeclaration<Name>): DeclaredGroup {
  return { declaration };
}
