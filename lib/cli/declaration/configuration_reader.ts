/**
 * What reads the configuration, for lazy imports only: the bundle has it in no command's own file, and knows it
 * by this file's name. A static import of the configuration's face elsewhere must not share that name.
 */
export {
  defaultConfigurationPath,
  pairNamed,
  readConfiguration,
} from "../../device/configuration/mod.ts";
