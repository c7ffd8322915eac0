import { UsageError } from "./errors.ts";

/**
 * The command line without `--cache-dir DIR` at its start. It tells the self-contained executable where to
 * unpack its runtime, which has happened by now; the others accept it, so that a script need not know
 * which it calls.
 *
 * @throws UsageError where no directory follows.
 */
export function withoutCacheDirectory(words: readonly string[]): readonly string[] {
  const [first = "", second = ""] = words;
  if (first !== "--cache-dir" && !first.startsWith("--cache-dir=")) return words;
  // What looks like a flag is one: the value was forgotten.
  if (first === "--cache-dir" && /^[^-]/.test(second)) return words.slice(2);
  if (first.length > "--cache-dir=".length) return words.slice(1);
  throw new UsageError(["--cache-dir needs a value"], "Give it a directory of your own.");
}
