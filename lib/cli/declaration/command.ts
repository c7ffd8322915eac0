/** Declaring a command: one object that describes it for the parser, the help and lazy loading. */
// Only the types of the parser are imported: the bundled file of a command does not include it.
import type { Command, CommandContext, TypedCommandParameters } from "@stricli/core";
import type { Needs } from "../../system/mod.ts";
import type { Outcome } from "../print/mod.ts";
import type { World } from "../world.ts";
import { neededFor } from "./selected_ca/mod.ts";

/** The context that the parser passes to every command. */
export interface Invocation extends CommandContext {
  readonly world: World;
  /** Receives the outcome of the command, or the error that ended it. */
  readonly settle: (result: { outcome: Outcome } | { error: unknown }) => void;
}

/** Runs a command. It prints nothing itself: its result and its errors are printed by the caller. */
export type Action<Flags, Arguments extends readonly unknown[] = []> = (
  world: World,
  flags: Flags,
  ...positional: Arguments
) => Promise<Outcome>;

/** The flags of every command. */
export interface CommonFlags {
  readonly json: boolean;
}

/** An example of a call, and what it does. */
export interface Example {
  readonly input: string;
  readonly does: string;
}

/** The documentation of a command. */
export interface Documentation {
  /** The rest of the usage line, after the command's name. */
  readonly usage: string;
  /** One line, for the list of commands. */
  readonly brief: string;
  /** Paragraphs, without line breaks. */
  readonly description: readonly string[];
  readonly examples: readonly Example[];
}

/** A command: its documentation, parameters, permissions, and the module that runs it. */
export interface CommandDeclaration<
  Flags extends CommonFlags & Readonly<Partial<Record<keyof Flags, unknown>>>,
  Arguments extends readonly unknown[],
> {
  readonly documentation: Documentation;
  readonly parameters: NoInfer<TypedCommandParameters<Flags, Arguments, Invocation>>;
  /** The permissions that it keeps. All others are given up before `load` is called. */
  readonly needs: Needs;
  /** Whether flags (`--dry-run`) make it read only: then it gives up permissions to change things. */
  readonly onlyLooks?: (flags: NoInfer<Flags>) => boolean;
  /** What it keeps then, if that is more: a command that starts a program to look gives that up itself. */
  readonly looksWith?: Needs;
  readonly load: () => Promise<{ readonly default: Action<Flags, Arguments> }>;
}

/** The flags and arguments of a command, in the form that the parser takes. */
export type Parameters = Command<Invocation>["parameters"];

/** A parsed command line: the values of the flags by their names, and the arguments in order. */
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
   * Gives up the permissions that are not needed, then loads and runs the command.
   *
   * @param line parsed by {@linkcode parameters}.
   * @throws the errors of the command.
   */
  readonly act: (world: World, line: ReadLine) => Promise<Outcome>;
}

/**
 * Declares a command of the tree.
 *
 * Calls are marked as pure, so that the bundle of one command leaves out the modules of the others.
 */
export function command<
  Flags extends CommonFlags & Readonly<Partial<Record<keyof Flags, unknown>>>,
  Arguments extends readonly unknown[] = [],
>(declaration: CommandDeclaration<Flags, Arguments>): DeclaredCommand {
  const { documentation, parameters, needs, onlyLooks, looksWith, load } = declaration;
  const act = async (world: World, line: ReadLine): Promise<Outcome> => {
    // The line was parsed by the parameters that these types describe.
    const { flags, positional } = line as { flags: Flags; positional: Arguments };
    const wanted = onlyLooks?.(flags) ? looksWith ?? toLook(needs) : needs;
    world.permissions.keepOnly(await neededFor(world, wanted, flags));
    const { default: action } = await load();
    return await action(world, flags, ...positional);
  };
  return { documentation, parameters: parameters as unknown as Parameters, needs, act };
}

/** The permissions of a command that only reads: those to change something are left out. */
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
