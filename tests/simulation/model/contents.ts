/**
 * File contents by number. The same bytes always have the same number, so that disks can be compared
 * without comparing bytes.
 */
export type ContentId = number;

const bytesById: Uint8Array[] = [];
const idByText = new Map<string, ContentId>();

/** The number of these bytes. */
export function intern(bytes: Uint8Array): ContentId {
  // Latin-1: a character a byte.
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  const known = idByText.get(text);
  if (known !== undefined) return known;
  const id = bytesById.length;
  bytesById.push(bytes.slice());
  idByText.set(text, id);
  return id;
}

/** The bytes of a number. Must not be changed. */
export function bytesOf(id: ContentId): Uint8Array {
  const bytes = bytesById[id];
  if (bytes === undefined) throw new RangeError(`no content ${id}`);
  return bytes;
}

/** The number of no bytes at all. */
export const emptyContent: ContentId = intern(new Uint8Array());

/** Forgets all contents but the empty one. No disk from before may be used afterwards. */
export function forgetContents(): void {
  bytesById.length = 1;
  idByText.clear();
  idByText.set("", emptyContent);
  tornById.clear();
}

const tornById = new Map<ContentId, readonly ContentId[]>();

/**
 * What a power cut may leave of a file that was written but not fsynced, its old content aside: nothing,
 * a prefix (one byte, half, all but one), its full length of NUL bytes, or all of it.
 */
export function tornContents(id: ContentId): readonly ContentId[] {
  const known = tornById.get(id);
  if (known !== undefined) return known;
  const bytes = bytesOf(id);
  const { length } = bytes;
  const prefixes = [0, 1, length >> 1, length - 1, length]
    .filter((count) => count >= 0 && count <= length)
    .map((count) => intern(bytes.subarray(0, count)));
  const torn = [...new Set([...prefixes, intern(new Uint8Array(length))])];
  tornById.set(id, torn);
  return torn;
}
