/** How the values of `certswap export` are read. */
import { friendlyNameFault, friendlyNameLimit } from "../../device/pair/outputs/mod.ts";
import { UsageError } from "../errors.ts";

/** Reads a friendlyName. @throws UsageError for an empty or long one, and for control characters. */
export function parseFriendlyName(input: string): string {
  const fault = friendlyNameFault(input);
  if (fault === undefined) return input;
  throw new UsageError([
    {
      empty: "the name is empty",
      long: `the name has more than ${friendlyNameLimit} characters`,
      characters: "the name contains a control character, or is not UTF-8",
    }[fault],
  ]);
}
