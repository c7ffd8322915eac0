import {
  type GeneratedKey,
  type KeySource,
  type KeyType,
  type SigningKey,
  webCryptoKeys,
} from "../../lib/x509/key/signer.ts";

/**
 * Keys that make the same signature of the same bytes each time, as ECDSA does not: runs that do the same
 * can be compared byte by byte.
 *
 * @param made the keys that `generate` gives, one for each kind: always the same ones.
 */
export function fixedKeys(made: Readonly<Partial<Record<KeyType, GeneratedKey>>>): KeySource {
  const signatures = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  const fixed = <Key extends SigningKey>(key: Key, name: string): Key => ({
    ...key,
    sign: async (data) => {
      const what = `${name} ${data.toHex()}`;
      const signature = signatures.get(what) ?? key.sign(data);
      signatures.set(what, signature);
      return (await signature).slice();
    },
  });
  return {
    generate(type) {
      const key = made[type];
      if (key === undefined) throw new Error(`no key of ${type} was made`);
      return Promise.resolve(fixed(key, key.pkcs8.toHex()));
    },
    load: async (type, pkcs8) => fixed(await webCryptoKeys.load(type, pkcs8), pkcs8.toHex()),
  };
}
