/** Texts for errors of a CA's store and of databases. */
export { databaseMessages } from "./database.ts";
export { storeMessages } from "./store.ts";
export { postgresMessages } from "./postgres.ts";
