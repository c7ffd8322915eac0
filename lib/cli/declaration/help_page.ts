/** The text of `--help`: grouped, as wide as the terminal (at most 80 columns), with examples. */
import type {
  DeclaredCommand,
  DeclaredGroup,
  Documentation,
  Example,
  GroupDeclaration,
  Parameters,
} from "./command.ts";
import { kebab, wrap } from "../text.ts";

type Flag = NonNullable<Parameters["flags"]>[string];

/** A titled list of flags. */
interface FlagSection {
  readonly title: string;
  readonly flags: readonly string[];
}

/** The section that selects a pair. In a command of the CA, `--name` is a flag like any other. */
const pairTitle = "The pair";

/**
 * The sections of flags. A command has those whose first flag it has; its other flags are listed under
 * "Options".
 */
const flagSections: readonly FlagSection[] = [
  { title: pairTitle, flags: ["name", "dir", "cert", "key", "combined"] },
  { title: "The configuration", flags: ["config"] },
  { title: "The new pair", flags: ["newCert", "newKey", "newPkcs12", "passwordFile"] },
  {
    title: "The copy",
    flags: ["format", "contains", "out", "passwordFile", "friendlyName", "profile"],
  },
  { title: "Outputs", flags: ["output", "outputPasswordFile"] },
  { title: "Checks", flags: ["trust", "purpose", "allowIdentityChange", "allowOlder", "allowCa"] },
  { title: "The CA", flags: ["dataDir"] },
];

/** The flags of `certswap` itself. All but the last are given instead of a command. */
export const rootFlags: readonly (readonly [flag: string, brief: string])[] = [
  ["-V, --version", "Show the version and its runtime"],
  ["-h, --help", "Show this text"],
  [
    "--cache-dir DIR",
    "The directory for the unpacked runtime of the self-contained executable; give it before the command " +
    "(see 'certswap help files')",
  ],
];
const lastSection: FlagSection = { title: "Output", flags: ["json", "help"] };

/** Which help, and how wide it may be. */
export interface HelpPlace {
  /** The words that lead to it: `["certswap", "ca"]`. */
  readonly path: readonly string[];
  /** In columns. */
  readonly width: number;
}

/** The help of a command or a group. */
export function helpOf(target: DeclaredCommand | DeclaredGroup, place: HelpPlace): string {
  return "act" in target
    ? commandHelp(place, target.documentation, target.parameters)
    : groupHelp(place, target.declaration);
}

/** The help of a command. */
export function commandHelp(
  { path, width }: HelpPlace,
  documentation: Documentation,
  parameters: Parameters,
): string {
  const { description, usage, examples } = documentation;
  return page([
    usageLines(path, usage, width),
    ...description.map((paragraph) => wrap(paragraph, width)),
    argumentRows(parameters, width),
    ...flagRows(parameters.flags ?? {}, width),
    exampleLines(examples, width),
  ]);
}

/** The help of a group of commands. */
export function groupHelp<Name extends string>(
  { path, width }: HelpPlace,
  { description, sections, routes, examples, notes }: GroupDeclaration<Name>,
): string {
  return page([
    usageLines(path, "COMMAND [FLAGS]", width),
    ...description.map((paragraph) => wrap(paragraph, width)),
    ...commandRows({ sections, routes }, width),
    path.length > 1 ? [] : rootFlagRows(width),
    exampleLines(examples, width),
    ...(notes ?? []).map((note) => wrap(note, width)),
    wrap(`Run '${path.join(" ")} COMMAND --help' for more about a command.`, width),
  ]);
}

/** The commands of a group, with what each does: a block of lines for each section. */
export function commandRows<Name extends string>(
  { sections, routes }: Pick<GroupDeclaration<Name>, "sections" | "routes">,
  width: number,
): string[][] {
  const left = longest(sections.flatMap(({ commands }) => commands));
  return sections.map(({ title, commands }) => [
    `${title}:`,
    ...commands.flatMap((name) => row(kebab(name), briefOf(routes[name]), { left, width })),
  ]);
}

function rootFlagRows(width: number): string[] {
  const left = longest(rootFlags.map(([flag]) => flag));
  return ["Options:", ...rootFlags.flatMap(([flag, brief]) => row(flag, brief, { left, width }))];
}

function briefOf(target: DeclaredCommand | DeclaredGroup): string {
  return "needs" in target ? target.documentation.brief : target.declaration.brief;
}

function longest(texts: readonly string[]): number {
  return Math.max(...texts.map(({ length }) => length));
}

function page(blocks: readonly (readonly string[])[]): string {
  return blocks.filter((lines) => lines.length > 0).map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

/** Replaces a space at which the line must not be broken. */
const joiner = "\0";

function usageLines(path: readonly string[], usage: string, width: number): string[] {
  const start = `Usage: ${path.join(" ")} `;
  // A flag and its value stay on one line.
  const joined = usage.replaceAll(/(--[a-z-]{1,40}) (?=[A-Z])/g, `$1${joiner}`);
  return wrap(joined, width - start.length).map((line, index) =>
    (index === 0 ? start : " ".repeat(start.length)) + line.replaceAll(joiner, " ")
  );
}

function argumentRows({ positional }: Parameters, width: number): string[] {
  if (positional === undefined) return [];
  const parameters = positional.kind === "array" ? [positional.parameter] : positional.parameters;
  if (parameters.length === 0) return [];
  const rows = parameters.map(({ placeholder = "", brief }) => ({ name: placeholder, brief }));
  const left = longest(rows.map(({ name }) => name));
  return ["Arguments:", ...rows.flatMap(({ name, brief }) => row(name, brief, { left, width }))];
}

function flagRows(flags: Readonly<Record<string, Flag>>, width: number): string[][] {
  const titled = flagSections.filter(({ title, flags: [first = ""] }) =>
    Object.hasOwn(flags, first) && !(title === pairTitle && Object.hasOwn(flags, "dataDir"))
  );
  const grouped = new Set([...titled, lastSection].flatMap((section) => section.flags));
  const others = Object.keys(flags).filter((name) => !grouped.has(name));
  const sections = [...titled, { title: "Options", flags: others }, lastSection];
  const documented: Readonly<Record<string, FlagText>> = {
    ...Object.fromEntries(
      Object.entries(flags).map(([name, flag]) => [name, describe(name, flag)]),
    ),
    help: { typed: "-h, --help", brief: "Show this text" },
  };
  const left = longest(Object.values(documented).map(({ typed }) => typed));
  return sections.map(({ title, flags }) => {
    const rows = flags.flatMap((name) => documented[name] ?? []);
    if (rows.length === 0) return [];
    return [
      `${title}:`,
      ...rows.flatMap(({ typed, brief }) => row(typed, brief, { left, width })),
    ];
  });
}

/** The placeholder for the value of a flag: `FILE`, `old|new`; empty if it takes none. */
export function placeholderOf(flag: Flag): string {
  if (flag.kind === "boolean" || flag.kind === "counter") return "";
  return flag.placeholder ?? (flag.kind === "enum" ? flag.values.join("|") : "VALUE");
}

/** A flag as it is typed, with its value, and what it does. */
interface FlagText {
  readonly typed: string;
  readonly brief: string;
}

function describe(name: string, flag: Flag): FlagText {
  const standard = flag.kind === "boolean" || !("default" in flag) || flag.default === undefined
    ? ""
    : ` (default: ${flag.default})`;
  return {
    typed: `--${kebab(name)} ${placeholderOf(flag)}`.trimEnd(),
    brief: flag.brief + standard,
  };
}

/** A row of two columns. A left text that is too long gets its own line. */
function row(
  text: string,
  brief: string,
  { left, width }: { readonly left: number; readonly width: number },
): string[] {
  const column = Math.min(left, Math.floor(width * 0.35)) + 4;
  const lines = wrap(brief, width - column);
  const first = `  ${text}`;
  const fits = first.length <= column - 2;
  return [
    ...(fits ? [] : [first]),
    ...lines.map((line, index) => (index === 0 && fits ? first : "").padEnd(column) + line),
  ];
}

function exampleLines(examples: readonly Example[], width: number): string[] {
  if (examples.length === 0) return [];
  return [
    "Examples:",
    ...examples.flatMap(({ input, does }) => [
      ...wrap(does, width - 4).map((line) => `  # ${line}`),
      ...input.split("\n").flatMap((line) => commandLines(line, width - 2))
        .map((line) => `  ${line}`),
    ]),
  ];
}

/** A line of a shell, continued with a backslash if it is too long. */
function commandLines(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  // Words of the shell, quoted ones included.
  const words = line.trimStart().match(/(?:'[^']{0,200}'|[^\s'])+/g) ?? [];
  const lines: string[] = [];
  let last = " ".repeat(line.length - line.trimStart().length);
  for (const word of words) {
    const isFirst = last.trim() === "";
    if (!isFirst && last.length + 1 + word.length + 2 > width) {
      lines.push(`${last} \\`);
      last = `    ${word}`;
    } else last += isFirst ? word : ` ${word}`;
  }
  return [...lines, last];
}
