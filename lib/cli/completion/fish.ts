/** The fish completion script. */
import type { Completed, CompletedFlag, Value } from "./model.ts";

/** A completion script for fish 3 and later. */
export function fishCompletion(model: readonly Completed[]): string {
  return [
    "# Completion of certswap for fish. Made by 'certswap completion fish'.",
    "",
    "# Whether the command line so far starts with these words.",
    "function __certswap_at",
    "    set -l words",
    "    for word in (commandline -opc)[2..]",
    "        string match -q -- '-*' $word; and break",
    "        set -a words $word",
    "    end",
    "    set -l depth (count $argv)",
    "    test $depth -eq 0; and begin; test (count $words) -eq 0; return; end",
    '    test (count $words) -ge $depth; and test "$words[1..$depth]" = "$argv"',
    "    or return 1",
    "    # A group is complete as soon as one of its commands is given.",
    '    contains -- "$argv" $__certswap_groups; and test (count $words) -ne $depth; and return 1',
    "    return 0",
    "end",
    "",
    "# Lists the words of one kind (pairs, serials) for the current command line.",
    "function __certswap_listed",
    "    set -l line (commandline -opc)",
    "    set -l current (commandline -ct)",
    "    command -q -- $line[1]; or return",
    '    set -l typed (string replace -r "^~/" "$HOME/" -- $line[2..])',
    '    command $line[1] complete $argv[1] -- $typed "$current" 2>/dev/null',
    "end",
    "",
    `set -g __certswap_groups ${
      model.filter(({ subcommands, words }) => subcommands.length > 0 && words.length > 0)
        .map(({ words }) => quote(words.join(" "))).join(" ")
    }`,
    "complete -c certswap -f",
    ...model.flatMap(lines),
    "",
  ].join("\n");
}

function lines({ words, subcommands, flags, argument }: Completed): string[] {
  const at = `complete -c certswap -n ${quote(["__certswap_at", ...words].join(" "))}`;
  return [
    ...subcommands.map(({ name, brief }) => `${at} -a ${name} -d ${quote(brief)}`),
    ...flags.map((flag) => flagLine(at, flag)),
    ...(argument.kind === "none" || argument.kind === "any" ? [] : [`${at}${value(argument)}`]),
  ];
}

function flagLine(at: string, { flag, brief, value: taken }: CompletedFlag): string {
  const required = taken.kind === "none"
    ? ""
    : ` ${taken.kind === "file" ? "-r" : "-x"}${value(taken)}`;
  return `${at} -l ${flag.slice(2)}${required} -d ${quote(brief)}`;
}

function value(value: Value): string {
  switch (value.kind) {
    case "file":
      return " -F";
    case "directory":
      return " -a '(__fish_complete_directories)'";
    case "listed":
      return ` -a '(__certswap_listed ${value.list})'`;
    case "words":
      return ` -a ${quote(value.words.join(" "))}`;
    default:
      return "";
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
