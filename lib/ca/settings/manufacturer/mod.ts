/** The tables `[[manufacturer]]` of `ca.toml`: whose bootstrap certificates devices may enrol with. */
export { readManufacturers } from "./read_tables.ts";
export { manufacturerTable } from "./schema.ts";
export { type BirthField, birthFields, type Manufacturer } from "./settings.ts";
