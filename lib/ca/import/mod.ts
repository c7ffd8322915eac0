/** Takes over CAs of other programs: `openssl ca`, easy-rsa, and those that are only files. */
export { importCa, type Imported, planImport } from "./import.ts";
export type { ImportSource } from "./places.ts";
