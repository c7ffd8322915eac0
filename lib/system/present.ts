/** Objects without the fields that have no value. */

/** `Fields` with optional fields instead of those that may be `undefined` (`exactOptionalPropertyTypes`). */
export type Present<Fields> =
  & { [Name in keyof Fields as undefined extends Fields[Name] ? never : Name]: Fields[Name] }
  & {
    [Name in keyof Fields as undefined extends Fields[Name] ? Name : never]?: Exclude<
      Fields[Name],
      undefined
    >;
  };

/** Copies an object without the fields that are `undefined`: `{ name, ...present({ hint }) }`. */
export function present<Fields extends object>(fields: Fields): Present<Fields> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Present<Fields>;
}
