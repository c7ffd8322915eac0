/** The text of `--help`: grouped, at most 80 columns wide, with examples. */
import type {
  DeclaredCommand,
  DeclaredGroup,
  Documentation,
  Example,
  GroupDeclaration,
  Parameters,
} from "./command.ts";
import { kebab, lineWidth, wrap } from "../text.ts";

type Flag = NonNullable<Parameters["flags"]>[string];

/** Flags that stand under a heading of their own; the others stand under "Options". */
const flagSections: readonly { title: string; flags: readonly string[] }[] = [
  { title: "The pair", flags: ["name", "dir", "cert", "key", "combined"] },
  { title: "The configuration", flags: ["config"] },
  { title: "The new pair", flags: ["newCert", "newKey", "trust", "purpose"] },
  { title: "The CA", flags: ["dataDir"] },
];
/** What `certswap` itself takes: in the place of a command, but for the last one. */
export const rootFlags: readonly (readonly [flag: string, brief: string])[] = [
  ["-V, --version", "Show the version, and what runs it"],
  ["-h, --help", "Show this text"],
  [
    "--cache-dir DIR",
    "Before a command: where the executable that carries its own runtime unpacks it (see " +
    "'certswap help files')",
  ],
];
const lastSection = { title: "Output", flags: ["json", "help"] };

/** The help of a command or a group. @param path the words that lead to it: `["certswap", "ca"]`. */
export function helpOf(
  target: DeclaredCommand | DeclaredGroup,
  path: readonly string[],
): string {
  return "act" in target
    ? commandHelp(path, target.documentation, target.parameters)
    : groupHelp(path, target.declaration);
}

/**
 * The help of a command.
 *
 * @param prefix the words that lead to it: `["certswap", "swap"]`.
 */
export function commandHelp(
  prefix: readonly string[],
  documentation: Documentation,
  parameters: Parameters,
): string {
  const { description, usage, examples } = documentation;
  return page([
    usageLines(prefix, usage),
    ...description.map((paragraph) => wrap(paragraph, lineWidth)),
    argumentRows(parameters),
    ...flagRows(parameters.flags ?? {}),
    exampleLines(examples),
  ]);
}

/** The help of a group of commands. */
export function groupHelp<Name extends string>(
  prefix: readonly string[],
  { description, sections, routes, examples, notes }: GroupDeclaration<Name>,
): string {
  const width = Math.max(...Object.keys(routes).map((name) => name.length));
  return page([
    usageLines(prefix, "COMMAND [FLAGS]"),
    ...description.map((paragraph) => wrap(paragraph, lineWidth)),
    ...sections.map(({ title, commands }) => [
      `${title}:`,
      ...commands.flatMap((name) => row(kebab(name), briefOf(routes[name]), width)),
    ]),
    prefix.length > 1 ? [] : rootFlagRows(),
    exampleLines(examples),
    ...(notes ?? []).map((note) => wrap(note, lineWidth)),
    [`'${prefix.join(" ")} COMMAND --help' says more about a command.`],
  ]);
}

function rootFlagRows(): string[] {
  const width = Math.max(...rootFlags.map(([flag]) => flag.length));
  return ["Options:", ...rootFlags.flatMap(([flag, brief]) => row(flag, brief, width))];
}

function briefOf(target: DeclaredCommand | DeclaredGroup): string {
  return "needs" in target ? target.documentation.brief : target.declaration.brief;
}

function page(blocks: readonly (readonly string[])[]): string {
  return blocks.filter((lines) => lines.length > 0).map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

function usageLines(prefix: readonly string[], usage: string): string[] {
  const start = `Usage: ${prefix.join(" ")} `;
  return wrap(usage, lineWidth - start.length).map((line, index) =>
    (index === 0 ? start : " ".repeat(start.length)) + line
  );
}

function argumentRows({ positional }: Parameters): string[] {
  if (positional === undefined) return [];
  const parameters = positional.kind === "array" ? [positional.parameter] : positional.parameters;
  if (parameters.length === 0) return [];
  const rows = parameters.map(({ placeholder = "", brief }) => ({ name: placeholder, brief }));
  const width = Math.max(...rows.map(({ name }) => name.length));
  return ["Arguments:", ...rows.flatMap(({ name, brief }) => row(name, brief, width))];
}

function flagRows(flags: Readonly<Record<string, Flag>>): string[][] {
  const grouped = new Set([...flagSections, lastSection].flatMap((section) => section.flags));
  const others = Object.keys(flags).filter((name) => !grouped.has(name));
  const sections = [...flagSections, { title: "Options", flags: others }, lastSection];
  const documented: Readonly<Record<string, { left: string; brief: string }>> = {
    ...Object.fromEntries(
      Object.entries(flags).map(([name, flag]) => [name, describe(name, flag)]),
    ),
    help: { left: "-h, --help", brief: "Show this text" },
  };
  const width = Math.max(...Object.values(documented).map(({ left }) => left.length));
  return sections.map(({ title, flags }) => {
    const rows = flags.flatMap((name) => documented[name] ?? []);
    if (rows.length === 0) return [];
    return [`${title}:`, ...rows.flatMap(({ left, brief }) => row(left, brief, width))];
  });
}

/** What help shows as the value of a flag: `FILE`, `old|new`; nothing for a flag that takes none. */
export function placeholderOf(flag: Flag): string {
  if (flag.kind === "boolean" || flag.kind === "counter") return "";
  return flag.placeholder ?? (flag.kind === "enum" ? flag.values.join("|") : "VALUE");
}

function describe(name: string, flag: Flag): { left: string; brief: string } {
  const value = ` ${placeholderOf(flag)}`.trimEnd();
  const standard = flag.kind === "boolean" || !("default" in flag) || flag.default === undefined
    ? ""
    : ` (default: ${flag.default})`;
  return { left: `--${kebab(name)}${value}`, brief: flag.brief + standard };
}

/** Two columns. A left one that leaves too little room for the right one gets a line of its own. */
function row(left: string, right: string, width: number): string[] {
  const column = Math.min(width, 28) + 4;
  const lines = wrap(right, lineWidth - column);
  const first = `  ${left}`;
  const fits = first.length <= column - 2;
  return [
    ...(fits ? [] : [first]),
    ...lines.map((line, index) => (index === 0 && fits ? first : "").padEnd(column) + line),
  ];
}

function exampleLines(examples: readonly Example[]): string[] {
  if (examples.length === 0) return [];
  return [
    "Examples:",
    ...examples.flatMap(({ input, does }) => [
      ...wrap(does, lineWidth - 4).map((line) => `  # ${line}`),
      ...input.split("\n").map((line) => `  ${line}`),
    ]),
  ];
}
