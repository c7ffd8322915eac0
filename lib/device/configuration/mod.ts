/** The configuration, `certswap.toml`: reads it, and finds all mistakes in it. */
export * from "./configuration.ts";
export * from "./errors.ts";
export { type ConfiguredPlaces, filesOf, placesOf } from "./places.ts";
export {
  checkConfiguration,
  checkDropIn,
  dropInPath,
  pairNames,
  readConfiguration,
} from "./read.ts";
