/**
 * Computes each digest, imports each key and verifies each signature only once. Simulated disks hold the same
 * few files a hundred thousand times, and all of this is done on other threads. Imported for this effect,
 * which is only speed.
 */
const most = 10_000;
const { subtle } = crypto;

/** Remembers what `compute` answered for a key, and forgets everything when it has become too much. */
function remembered<T>(): (key: string, compute: () => Promise<T>) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key, compute) => {
    const found = known.get(key) ?? compute();
    if (known.size >= most) known.clear();
    known.set(key, found);
    return found;
  };
}

function text(data: BufferSource): string {
  const bytes = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
  return bytes.toBase64();
}

const names = new WeakMap<CryptoKey, number>();
let count = 0;

/** The same number for the same key, as an object. */
function nameOf(key: CryptoKey): number {
  const name = names.get(key) ?? ++count;
  names.set(key, name);
  return name;
}

const digest = subtle.digest.bind(subtle);
const digests = remembered<ArrayBuffer>();
subtle.digest = (algorithm, data) =>
  digests(`${JSON.stringify(algorithm)} ${text(data)}`, () => digest(algorithm, data));

const importKey = subtle.importKey.bind(subtle) as (
  format: string,
  data: BufferSource,
  ...rest: readonly unknown[]
) => Promise<CryptoKey>;
const keys = remembered<CryptoKey>();
subtle.importKey =
  ((format: string, data: BufferSource, ...rest: readonly unknown[]) =>
    format === "jwk" ? importKey(format, data, ...rest) : keys(
      `${format} ${JSON.stringify(rest)} ${text(data)}`,
      () => importKey(format, data, ...rest),
    )) as SubtleCrypto["importKey"];

const verify = subtle.verify.bind(subtle);
const verdicts = remembered<boolean>();
subtle.verify = (algorithm, key, signature, data) =>
  verdicts(
    `${JSON.stringify(algorithm)} ${nameOf(key)} ${text(signature)} ${text(data)}`,
    () => verify(algorithm, key, signature, data),
  );
