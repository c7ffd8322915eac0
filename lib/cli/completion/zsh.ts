/** The completion script for zsh. */
import type { Completed, CompletedFlag, Value } from "./model.ts";

/** A completion script for zsh: a function to be found as `_certswap`, or sourced. */
export function zshCompletion(model: readonly Completed[]): string {
  const groups = model.filter(({ subcommands }) => subcommands.length > 0);
  const commands = model.filter(({ subcommands }) => subcommands.length === 0);
  return `#compdef certswap
# Completion of certswap for zsh. Made by 'certswap completion zsh'.

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
  return `${nameOf(words)}() {
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
    case "words":
      return `(${value.words.join(" ")})`;
    default:
      return " ";
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
