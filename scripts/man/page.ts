/**
 * A manual page for each command and group, in man(7) macros, generated from the declarations of the command
 * tree.
 */
import type { DeclaredCommand, DeclaredGroup, Example } from "../../lib/cli/declaration/command.ts";
import { rootFlags } from "../../lib/cli/declaration/help_page.ts";
import { topics } from "../../lib/cli/print/topics.ts";
import { kebab } from "../../lib/cli/text.ts";
import { listedCommands, listedGroups } from "../../lib/cli/tree/walk.ts";

/** All pages by their file names: `certswap-ca-sign.1`. */
export function manualPages(version: string): Record<string, string> {
  const pages = [
    ...listedGroups().map(({ words, target }) => [words, groupPage(words, target)] as const),
    ...listedCommands().map(({ words, target }) => [words, commandPage(words, target)] as const),
  ];
  return Object.fromEntries(pages.map(([words, sections]) => [
    `${words.join("-")}.1`,
    [
      `.\\" Made by 'deno task man' from the command tree. Change it there.`,
      `.TH ${quoted(words.join("-").toUpperCase())} 1 "" ${
        quoted(`certswap ${version}`)
      } "certswap"`,
      ".nh",
      ".ad l",
      ...sections,
      ...seeAlso(words),
    ].join("\n") + "\n",
  ]));
}

function commandPage(
  words: readonly string[],
  { documentation, parameters: { flags = {}, positional } }: DeclaredCommand,
): string[] {
  const { brief, usage, description, examples } = documentation;
  const parameters = positional === undefined
    ? []
    : positional.kind === "array"
    ? [positional.parameter]
    : positional.parameters;
  return [
    ...nameSection(words, brief),
    ".SH SYNOPSIS",
    `.B ${escape(words.join(" "))}`,
    escape(usage),
    ".SH DESCRIPTION",
    ...paragraphs(description),
    ...(parameters.length === 0 ? [] : [
      ".SH ARGUMENTS",
      ...parameters.flatMap(({ placeholder = "", brief }) => item(placeholder, brief)),
    ]),
    ".SH OPTIONS",
    ...Object.entries(flags).flatMap(([name, flag]) => {
      const value = flag.kind === "boolean" || flag.kind === "counter"
        ? ""
        : ` ${flag.placeholder ?? (flag.kind === "enum" ? flag.values.join("|") : "VALUE")}`;
      const standard = flag.kind === "boolean" || !("default" in flag) || flag.default === undefined
        ? ""
        : ` Default: ${flag.default}.`;
      return item(`--${kebab(name)}${value}`, `${flag.brief}.${standard}`);
    }),
    ...item("-h, --help", "Show help."),
    ...exampleSection(examples),
  ];
}

function groupPage(words: readonly string[], { declaration }: DeclaredGroup): string[] {
  const { brief, description, sections, routes, examples } = declaration;
  const isRoot = words.length === 1;
  return [
    ...nameSection(words, brief),
    ".SH SYNOPSIS",
    `.B ${escape(words.join(" "))}`,
    "COMMAND [FLAGS]",
    ".SH DESCRIPTION",
    ...paragraphs(description),
    ".SH COMMANDS",
    ...sections.flatMap(({ title, commands }) => [
      `.SS ${quoted(title)}`,
      ...commands.flatMap((name) => {
        const target = routes[name];
        if (target === undefined) throw new Error(`${words.join(" ")} has no ${name}`);
        const brief = "needs" in target ? target.documentation.brief : target.declaration.brief;
        return item(`${[...words, name].join("-")}(1)`, `${brief}.`);
      }),
    ]),
    ...(isRoot
      ? [
        ".SH OPTIONS",
        ...rootFlags.flatMap(([flag, brief]) =>
          item(flag, `${brief.replace("this text", "help")}.`)
        ),
      ]
      : []),
    ...exampleSection(examples),
    ...(isRoot ? topicSections() : []),
  ];
}

function topicSections(): string[] {
  return Object.entries(topics).flatMap(([name, { blocks }]) => [
    `.SH ${quoted(name.replaceAll("-", " ").toUpperCase())}`,
    ...blocks.flatMap((block, index) =>
      typeof block === "string"
        // A heading begins a paragraph by itself.
        ? [...(index === 0 ? [] : [".PP"]), escape(block)]
        : block.flatMap(([left, right]) => item(left, right))
    ),
  ]);
}

function nameSection(words: readonly string[], brief: string): string[] {
  const lower = brief.charAt(0).toLowerCase() + brief.slice(1);
  return [".SH NAME", `${escape(words.join("-"))} \\- ${escape(lower)}`];
}

function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((text, index) => [...(index === 0 ? [] : [".PP"]), escape(text)]);
}

function item(left: string, right: string): string[] {
  return [".TP", `.B ${escape(left)}`, escape(right)];
}

function exampleSection(examples: readonly Example[]): string[] {
  if (examples.length === 0) return [];
  return [
    ".SH EXAMPLES",
    ...examples.flatMap(({ input, does }, index) => [
      ...(index === 0 ? [] : [".PP"]),
      `${escape(does)}:`,
      ".PP",
      ".RS 4",
      ".nf",
      ...input.split("\n").map(escape),
      ".fi",
      ".RE",
    ]),
  ];
}

function seeAlso(words: readonly string[]): string[] {
  const others = [...listedGroups(), ...listedCommands()].map((place) => place.words)
    .filter((other) => other.length === words.length - 1 || other.length === words.length + 1)
    .filter((other) =>
      words.join(" ").startsWith(other.join(" ")) ||
      other.slice(0, -1).join(" ") === words.join(" ")
    )
    .map((other) => `.BR ${escape(other.join("-"))} (1)`);
  return others.length === 0 ? [] : [".SH SEE ALSO", others.join(",\n")];
}

/** Text to be shown as it is. A line must not begin like a macro. */
function escape(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("~", "\\(ti")
    .replaceAll("^", "\\(ha")
    .replaceAll("`", "\\(ga")
    .replaceAll("'", "\\(aq")
    .replace(/^\./, "\\&.");
}

function quoted(text: string): string {
  return `"${escape(text).replaceAll('"', '""')}"`;
}
