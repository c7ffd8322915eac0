/** Converting declared commands and groups for the parser. */
import { buildCommand, buildRouteMap, type Command, type RouteMap } from "@stricli/core";
import type { DeclaredCommand, DeclaredGroup, Invocation } from "./command.ts";
import { commandHelp, groupHelp } from "./help_page.ts";
import { lineWidth } from "../text.ts";

/** Options of the help that the parser prints. */
interface HelpOptions {
  /** In columns. */
  readonly width?: number;
}

/** Converts one command. */
export function parserCommand(
  { documentation, parameters, act }: DeclaredCommand,
  { width = lineWidth }: HelpOptions = {},
): Command<Invocation> {
  const built = buildCommand<Record<string, unknown>, unknown[], Invocation>({
    // deno-lint-ignore no-explicit-any -- a list of commands cannot keep the types that the builder wants
    parameters: parameters as any,
    docs: { brief: documentation.brief },
    func: async function (flags, ...positional) {
      try {
        this.settle({ outcome: await act(this.world, { flags, positional }) });
      } catch (error) {
        this.settle({ error });
      }
    },
  });
  return {
    ...built,
    formatHelp: ({ prefix }) => commandHelp({ path: prefix, width }, documentation, parameters),
  };
}

/** Converts a group and everything below it. */
export function parserGroup(
  { declaration }: DeclaredGroup,
  options: HelpOptions,
): RouteMap<Invocation> {
  const { brief, routes } = declaration;
  const { width = lineWidth } = options;
  const below = Object.entries(routes).map(([name, route]) =>
    [name, "act" in route ? parserCommand(route, options) : parserGroup(route, options)] as const
  );
  return {
    ...buildRouteMap<string, Invocation>({
      routes: Object.fromEntries(below),
      docs: { brief },
    }),
    formatHelp: ({ prefix }) => groupHelp({ path: prefix, width }, declaration),
  };
}
