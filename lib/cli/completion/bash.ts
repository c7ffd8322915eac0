/** The bash completion script. */
import { deviceWords } from "../choices.ts";
import type { Completed, Value } from "./model.ts";

/** A completion script for bash 4 and later. It does not need the package bash-completion. */
export function bashCompletion(model: readonly Completed[]): string {
  return `# Completion of certswap for bash. Made by 'certswap completion bash'.

# Lists the words of one kind (pairs, serials) for the current command line.
_certswap_listed() {
  local quotes=$'[\\'"\\\\\\\\]'
  local -a line=("\${COMP_WORDS[@]:1:COMP_CWORD - 1}")
  line=("\${line[@]//$quotes/}")
  line=("\${line[@]/#\~\//$HOME/}")
  "$program" complete "$1" -- "\${line[@]}" "$current" 2>/dev/null | cut -f 1
}

_certswap() {
  local program=\${1:-certswap}
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local path= word words= flags= argument=
  local index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    case "$path $word" in
${paths(model).map((path) => `      "${spaced(path)}") path="${spaced(path)}" ;;`).join("\n")}
    esac
  done
  # Readline splits --flag=value into three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case $path in
${model.map(branch).join("\n")}
  esac
  case "$path $previous" in
${model.flatMap(flagBranches).join("\n")}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    case $argument in
      file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      directory) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
${
    deviceWords.map((list) =>
      `      ${list}) COMPREPLY=($(compgen -W "$(_certswap_listed ${list})" -- "$current")) ;;`
    ).join("\n")
  }
    esac
  fi
}

complete -F _certswap certswap
`;
}

function paths(model: readonly Completed[]): string[][] {
  return model.map(({ words }) => [...words]).filter((words) => words.length > 0);
}

/** `" ca sign"`: with a space before every word, so that appending a word makes another path. */
function spaced(words: readonly string[]): string {
  return words.map((word) => ` ${word}`).join("");
}

function branch({ words, subcommands, flags, argument }: Completed): string {
  const completed = argument.kind === "words"
    ? argument.words
    : subcommands.map(({ name }) => name);
  return [
    `    "${spaced(words)}")`,
    `      words="${completed.join(" ")}"`,
    `      flags="${flags.map(({ flag }) => flag).join(" ")}"`,
    `      argument=${argument.kind === "listed" ? argument.list : argument.kind}`,
    "      ;;",
  ].join("\n");
}

function flagBranches({ words, flags }: Completed): string[] {
  return flags.filter(({ value }) => value.kind !== "none").map(({ flag, value }) =>
    `    "${spaced(words)} ${flag}") ${action(value)}; return ;;`
  );
}

function action(value: Value): string {
  switch (value.kind) {
    case "file":
      return `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current")`;
    case "directory":
      return `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current")`;
    case "listed":
      return `COMPREPLY=($(compgen -W "$(_certswap_listed ${value.list})" -- "$current"))`;
    case "words":
      return `COMPREPLY=($(compgen -W "${value.words.join(" ")}" -- "$current"))`;
    default:
      return ":";
  }
}
