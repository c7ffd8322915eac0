/** Repeats the flags of a command line in the commands that certswap suggests, so that they can be pasted. */
import { shellWord } from "../system/mod.ts";
import { visible } from "./text.ts";

/** The flags that say which pair, which configuration or which CA a command is about. */
export interface GivenFlags {
  readonly name?: string | undefined;
  readonly config?: string | undefined;
  readonly dir?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly combined?: string | undefined;
  readonly dataDir?: string | undefined;
}

/** The flags quoted for a shell, and escaped: `--name web --config certswap.toml`. */
export function flagsText({ name, config, dir, cert, key, combined, dataDir }: GivenFlags): string {
  const given = { name, config, dir, cert, key, combined, "data-dir": dataDir };
  return Object.entries(given).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag} ${visible(shellWord(value))}`]
  ).join(" ");
}

/**
 * Words that may be a command. "The next 'certswap rotate'" and "every 'certswap rotate'" are scheduled runs,
 * not commands to type.
 */
const commandWords =
  /(?<![\w./-]|[Nn]ext '|[Ee]very ')certswap ([a-z][a-z-]{0,20}(?: [a-z][a-z-]{0,20}){0,2})/g;

/** The first words of commands with two, or of `ca`, with three. */
const groups =
  /^(?:ca|ca (?:bundle|config|intermediate|key|rollover|root|token)|config|install|trust)$/;

/** Commands of `ca` that are about no CA, or about another one than the line. */
const ofNoCa = /^ca (?:init|import|request)$/;

/** Commands that take `--config`, and need no pair. */
const ofConfiguration = /^(?:rotate|recover|status|config check|install systemd|install cron)$/;

/** Commands that take `--config` together with `--name`. */
const ofPair = /^(?:swap|stage|rollback|export|trust accept)$/;

/** The most characters after a command in which its flags are looked for. */
const restLimit = 300;

/**
 * Puts the name of a pair into the commands that have a placeholder for it: `--name NAME` becomes
 * `--name web`, if the name is known.
 */
export function nameInCommands(text: string, name: string | undefined): string {
  if (name === undefined) return text;
  return text.replaceAll("--name NAME", () => `--name ${visible(shellWord(name))}`);
}

/**
 * Adds the flags that were given to the commands in a text: `certswap ca crl` becomes
 * `certswap ca crl --data-dir ca`. Commands that name a CA, a configuration or a pair of their own stay.
 */
export function repeatFlags(text: string, given: GivenFlags): string {
  const named = nameInCommands(text, given.name);
  if (given.dataDir === undefined && given.config === undefined) return named;
  return named.replaceAll(commandWords, (whole, words: string, start: number) => {
    const command = commandOf(words.split(" "));
    const end = start + whole.length;
    const [rest = ""] = named.slice(end, end + restLimit).split(/[',;)\n]|[.:] /);
    const flags = command === undefined ? "" : flagsText(flagsFor(command, rest, given));
    if (command === undefined || flags === "") return whole;
    return `certswap ${command} ${flags}${words.slice(command.length)}`;
  });
}

/** The command that some words start with; `undefined`: only a group. */
function commandOf(words: readonly string[]): string | undefined {
  let length = 1;
  while (length <= words.length && groups.test(words.slice(0, length).join(" "))) length++;
  return length > words.length ? undefined : words.slice(0, length).join(" ");
}

function flagsFor(
  command: string,
  rest: string,
  { name, config, dataDir }: GivenFlags,
): GivenFlags {
  if (/ --(?:help|data-dir|config|dir|cert|combined|ca)\b/.test(rest)) return {};
  if (command.startsWith("ca ")) return ofNoCa.test(command) ? {} : { dataDir };
  if (config === undefined) return {};
  if (ofConfiguration.test(command)) return { config };
  if (!ofPair.test(command)) return {};
  if (rest.includes(" --name ")) return { config };
  return name === undefined ? {} : { name, config };
}

/** Flags that name a second CA. Then a message may be about either. */
const ofAnotherCa = ["--signed-by", "--next"];

/**
 * The flags that a line gave, for messages about what it did.
 *
 * @param words what follows the command.
 */
export function givenFlags(words: readonly string[]): GivenFlags {
  const valueOf = (flag: string): string | undefined => {
    const index = words.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
    const word = words[index];
    return word === flag ? words[index + 1] : word?.slice(flag.length + 1);
  };
  return {
    name: valueOf("--name"),
    config: valueOf("--config"),
    dataDir: ofAnotherCa.some((flag) => valueOf(flag) !== undefined)
      ? undefined
      : valueOf("--data-dir"),
  };
}
