/** The common names in a subject. */

/** The values of CN in a subject, without their escapes (RFC 4514 2.4). */
export function commonNames(subject: string): readonly string[] {
  // Values escape their own commas and plus signs.
  const attributes = subject.match(/(?:\\.|[^,+\\])+/gs) ?? [];
  return attributes.filter((attribute) => attribute.startsWith("CN="))
    .map((attribute) => attribute.slice("CN=".length).replace(/\\([^0-9A-Fa-f])/gs, "$1"));
}
