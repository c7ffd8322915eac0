/** What the outputs of a pair are: further files that are made from it in the same transaction. */
import type { Profile } from "../../../protocol/pkcs12/mod.ts";
import type { Account } from "../../accounts/mod.ts";
import type { Part } from "./contents.ts";

/** Owner, group and mode that a file must have. What is left out stays as it is. */
export interface WantedRights {
  readonly owner?: Account;
  readonly group?: Account;
  /** Permission bits. */
  readonly mode?: number;
}

/** What an output is written as. */
export type FormatName = "pem" | "der" | "pkcs12";

/** A further file that is made from a pair. */
export interface OutputSpec {
  /** As the operator named it. */
  readonly path: string;
  /** In the order in which they are written. At least one. */
  readonly contains: readonly Part[];
  readonly format: FormatName;
  readonly rights: WantedRights;
  /** For PKCS#12, which must have one: a file whose first line is the password. */
  readonly passwordFile?: string;
  readonly friendlyName?: string;
  /** For PKCS#12. */
  readonly profile: Profile;
  /** Whether it is the trust bundle: a file of trust anchors that is kept as it is, see `bundle.ts`. */
  readonly isBundle?: true;
  /** Of a trust bundle that is to change: its new content. */
  readonly content?: Uint8Array;
}

/** An output whose path is absolute, with all links resolved. */
export type Output = OutputSpec;

/** Whether an output contains the private key. */
export function isSecret({ contains }: Pick<OutputSpec, "contains">): boolean {
  return contains.includes("key");
}
