/** The zsh completion script. */
import type { Completed, CompletedFlag, Value } from "./model.ts";

/** A completion script for zsh, to be sourced or autoloaded as `_certswap`. */
export function zshCompletion(model: readonly Completed[]): string {
  const groups = model.filter(({ subcommands }) => subcommands.length > 0);
  const commands = model.filter(({ subcommands }) => subcommands.length === 0);
  return `#compdef certswap
# Completion of certswap for zsh. Made by 'certswap completion zsh'.

# Lists the words of one kind (pairs, serials) for the current command line.
_certswap_listed() {
  local -a line=("\${(@Q)words[2,CURRENT]}")
  local -a listed=(\${(f)"$($program complete $1 -- "\${(@)line/#\\~\\//$HOME/}" 2>/dev/null)"})
  listed=("\${(@)listed//:/\\\\:}")
  listed=("\${(@)listed/$'\\t'/:}")
  _describe $1 listed
}

${groups.map(groupFunction).join("\n\n")}

${commands.map(commandFunction).join("\n\n")}

if [[ $funcstack[1] == _certswap ]]; then
  _certswap "$@"
else
  compdef _certswap certswap
fi
`;
}

function nameOf(words: readonly string[]): string {
  return ["_certswap", ...words].join("_");
}

function groupFunction({ words, subcommands, flags }: Completed): string {
  const listed = subcommands.map(({ name, brief }) => `    ${quote(`${name}:${brief}`)}`);
  const branches = subcommands.map(({ name }) => `        ${name}) ${nameOf([...words, name])} ;;`);
  // The program that is being completed also lists the words. Functions called from here see this variable.
  const program = words.length === 0 ? "\n  local program=${${(Q)words[1]}/#\\~\\//$HOME/}" : "";
  return `${nameOf(words)}() {${program}
  local curcontext=$curcontext state line
  local -a commands=(
${listed.join("\n")}
  )
  _arguments -C \\
${flags.map((flag) => `    ${flagSpec(flag)} \\`).join("\n")}
    '1: :->command' \\
    '*:: :->arguments'
  case $state in
    command) _describe command commands ;;
    arguments)
      case $line[1] in
${branches.join("\n")}
      esac
      ;;
  esac
}`;
}

function commandFunction({ words, flags, argument }: Completed): string {
  const specs = [
    ...flags.map(flagSpec),
    ...(argument.kind === "none" ? [] : [quote(`*: :${action(argument)}`)]),
  ];
  return `${nameOf(words)}() {
  _arguments \\
${specs.map((spec) => `    ${spec}`).join(" \\\n")}
}`;
}

function flagSpec({ flag, brief, value }: CompletedFlag): string {
  const description = brief.replaceAll(/[[\]:\\]/g, (character) => `\\${character}`);
  const taken = value.kind === "none" ? "" : `: :${action(value)}`;
  return quote(`${flag}[${description}]${taken}`);
}

function action(value: Value): string {
  switch (value.kind) {
    case "file":
      return "_files";
    case "directory":
      return "_files -/";
    case "listed":
      // With a leading space, _arguments adds no options of its own: see zshcompsys(1).
      return ` _certswap_listed ${value.list}`;
    case "words":
      return `(${value.words.join(" ")})`;
    default:
      return " ";
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
