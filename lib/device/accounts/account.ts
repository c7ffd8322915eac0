/** A user or group that a configuration names. */
import { UnknownAccountError } from "../errors.ts";
import type { AccountKind } from "../../system/mod.ts";

/** A user or group of a configuration. */
export interface Account {
  /** As written: a name, or a number. */
  readonly name: string;
  /** `undefined`: there is no account of that name, as far as is known. */
  readonly id: number | undefined;
  /**
   * Only without an `id`: getent(1) could not be asked, or did not answer. The account may exist in a
   * directory service.
   */
  readonly isUncertain?: true;
}

/**
 * The ID of an account that a file must belong to.
 *
 * @param wanted `path`: the file.
 * @throws UnknownAccountError if the account was not found.
 */
export function requireId(
  { name, id, isUncertain }: Account,
  { kind, path }: { readonly kind: AccountKind; readonly path: string },
): number {
  if (id !== undefined) return id;
  throw new UnknownAccountError(path, { kind, account: name, wasAsked: isUncertain !== true });
}
