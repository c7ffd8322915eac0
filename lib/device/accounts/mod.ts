/** Users and groups: those that a configuration names, and the databases of the machine. */
export { type Account, requireId } from "./account.ts";
export { findAccounts, type FoundAccounts, type WantedAccounts } from "./find_accounts.ts";
export { isAccountName } from "./names.ts";
