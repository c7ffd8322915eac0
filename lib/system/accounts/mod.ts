/** The local databases of users and groups. */
export {
  type AccountKind,
  parseEntry,
  readEntries,
  readUsers,
  type User,
  userDatabase,
} from "./databases.ts";
export { readId } from "./id.ts";
