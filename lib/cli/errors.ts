/** The errors of the command line itself. */
import { CertswapError } from "../system/mod.ts";

/** A person typed a new passphrase that cannot be used. */
export class PassphraseRefusedError extends CertswapError {
  readonly code = "passphrase-refused";
  readonly reason: "empty" | "different";

  constructor(reason: PassphraseRefusedError["reason"]) {
    super(`passphrase refused: ${reason}`);
    this.reason = reason;
  }
}

/** The command line cannot be understood, or contradicts itself. Nothing was looked at yet. */
export class UsageError extends CertswapError {
  readonly code = "usage";
  /** What is wrong, one sentence each, for people: this error is made in `lib/cli` only. */
  readonly problems: readonly string[];
  readonly hint: string | undefined;

  constructor(problems: readonly string[], hint?: string) {
    super(problems.join("; "));
    this.problems = problems;
    this.hint = hint;
  }
}
