/** What reads the configuration, for lazy imports only. */
// The bundle has it in no command's own file, and knows it by this file's name: a static import of the
// configuration's face elsewhere must not share that name.
export {
  defaultConfigurationPath,
  pairNamed,
  readConfiguration,
} from "../../device/configuration/mod.ts";
