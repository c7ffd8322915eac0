/** How the demo tells its story: chapters, facts, promises. */

const isColoured = Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR");
const paint = (code: number) => (text: string): string =>
  isColoured ? `\x1b[${code}m${text}\x1b[0m` : text;
const bold = paint(1);
const dim = paint(2);
const red = paint(31);
const green = paint(32);

let chapters = 0;
let broken = 0;
let notShown = 0;

/** Begins an act. */
export function act(title: string): void {
  console.log(`\n${bold(title.toUpperCase())}`);
}

/** Begins a chapter. */
export function chapter(title: string): void {
  console.log(`\n${bold(`${++chapters}  ${title}`)}`);
}

/** Tells something that happened. */
export function tell(text: string): void {
  for (const line of text.trimEnd().split("\n")) console.log(`   ${line}`);
}

/** Shows a command line, as an operator would type it. */
export function show(...words: string[]): void {
  console.log(`   ${dim("$")} certswap ${words.join(" ")}`);
}

/** States a promise, and whether it held. */
export function promise(text: string, held: boolean): void {
  if (!held) broken++;
  console.log(`   ${held ? green("kept  ") : red("BROKEN")} ${text}`);
}

/** Says which promise this machine cannot show, and what it needs. */
export function cannotShow(text: string, needed: string): void {
  notShown++;
  console.log(`   ${red("NOT SHOWN")} ${text} (needs ${needed})`);
}

/** A bar of `width` characters, full from `begin` to `end` (shares of the whole, 0 to 1). */
export function span(begin: number, end: number, width = 40): string {
  const from = Math.floor(begin * width);
  const to = Math.max(from + 1, Math.ceil(end * width));
  return dim("-".repeat(from)) + green("#".repeat(to - from)) + dim("-".repeat(width - to));
}

/** @returns how many promises were broken. */
export function brokenPromises(): number {
  return broken;
}

/** @returns how many promises this machine cannot show. */
export function promisesNotShown(): number {
  return notShown;
}
