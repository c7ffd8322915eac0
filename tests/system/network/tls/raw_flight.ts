/** TLS records and handshake messages, written by hand. */

type Bytes = Uint8Array<ArrayBuffer>;

/** Puts pieces together. */
export function bytes(...parts: readonly (number | Uint8Array)[]): Bytes {
  return Uint8Array.from(parts.flatMap((part) => typeof part === "number" ? [part] : [...part]));
}

/** A number in so many bytes. */
export function uint(value: number, size: number): Bytes {
  return Uint8Array.from(
    { length: size },
    (_, index) => Math.floor(value / 256 ** (size - 1 - index)) % 256,
  );
}

/** Data in records of a type, of at most `size` bytes each. */
export function records(type: number, data: Uint8Array, size = 2 ** 14): Bytes {
  const found: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += size) {
    const fragment = data.subarray(at, at + size);
    found.push(bytes(type, 3, 3, uint(fragment.length, 2), fragment));
  }
  return bytes(...found);
}

/** A handshake message. */
export function message(type: number, body: Uint8Array): Bytes {
  return bytes(type, uint(body.length, 3), body);
}

/** A ServerHello; with `version13`, one that chooses TLS 1.3 in its extension. */
export function serverHello(
  { version = 0x0303, version13 = false, extensions = bytes() } = {},
): Bytes {
  const all = version13 ? bytes(extensions, 0, 43, 0, 2, 3, 4) : extensions;
  const begin = bytes(uint(version, 2), new Uint8Array(32).fill(9), 0, 0xc0, 0x2f, 0);
  return message(2, all.length === 0 ? begin : bytes(begin, uint(all.length, 2), all));
}

/** A Certificate message of TLS 1.2. */
export function certificateMessage(...chain: readonly Uint8Array[]): Bytes {
  const list = bytes(...chain.map((der) => bytes(uint(der.length, 3), der)));
  return message(11, bytes(uint(list.length, 3), list));
}

/** CertificateRequest: types of certificates, schemes, names of authorities. */
export const certificateRequest = message(13, bytes(1, 1, 0, 2, 4, 3, 0, 0));

/** ServerHelloDone. */
export const serverHelloDone = message(14, bytes());

/** The alert with this number. */
export function alertRecord(description: number, level = 2): Bytes {
  return records(21, bytes(level, description));
}
