/** What the settings of a pair's outputs and owners must be, wherever they are given. */
export { requireKnownAccounts } from "./accounts.ts";
export { requireInputsApart } from "./inputs.ts";
export {
  canHold,
  formatNames,
  friendlyNameFault,
  friendlyNameLimit,
  isPart,
  type OutputFault,
  outputFaults,
  partNames,
  type Pkcs12Setting,
  profileNames,
} from "./rules.ts";
