/** Reads the configuration. For lazy imports only. */
// The bundler leaves this module out of the file of each command, by this file's name. A static import of the
// configuration elsewhere must not use the same name.
export {
  defaultConfigurationPath,
  pairNamed,
  readConfiguration,
} from "../../device/configuration/mod.ts";
