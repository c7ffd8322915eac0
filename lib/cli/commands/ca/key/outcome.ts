/** The flags and the outcome that the commands of `certswap ca key` share. */
import type { KeyReport } from "../../../../ca/mod.ts";
import type { CommonFlags, DataDirectoryFlags, PassphraseFlags } from "../../../declaration/mod.ts";
import { didRecover, type Outcome, recoveryToJson } from "../../../print/mod.ts";
import { rows } from "../../../text.ts";

/** The flags of `certswap ca key encrypt` and `decrypt`. */
export interface KeyFlags extends DataDirectoryFlags, PassphraseFlags, CommonFlags {
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/** How the key is kept now. */
interface Kept {
  readonly title: string;
  readonly isEncrypted: boolean;
  /** More lines. */
  readonly advice?: readonly string[];
}

/** The outcome of a change of the key. */
export function keyOutcome(
  { keyPath, recovery, warnings }: KeyReport,
  { title, isEncrypted, advice = [] }: Kept,
): Outcome {
  return {
    json: { key: keyPath, encrypted: isEncrypted, recovery: recoveryToJson(recovery) },
    notes: didRecover(recovery),
    lines: [title, ...rows([["Key", keyPath]]), ...advice],
    warnings,
  };
}
