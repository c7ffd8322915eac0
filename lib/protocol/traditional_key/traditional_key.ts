/** Decrypts private keys in OpenSSL's traditional form: `Proc-Type: 4,ENCRYPTED` and `DEK-Info`. */
import { md5 } from "@noble/hashes/legacy.js";
import { joined } from "../../system/mod.ts";
import {
  type Bytes,
  type PrivateKey,
  privateKeyFileLimit,
  readPem,
  readPrivateKeyFile,
  writePemBlocks,
} from "../../x509/mod.ts";
import { CannotDecryptError, decryptWith, isNoise, UnsupportedPbes2Error } from "../pbes2/mod.ts";

/** A cipher that OpenSSL names in `DEK-Info`. Lengths in bytes. */
interface Cipher {
  readonly kind: "aes" | "triple-des";
  readonly keyLength: 16 | 24 | 32;
  readonly ivLength: 8 | 16;
}

/** Names as OpenSSL writes them. Single DES and RC2 are left out: the runtime does not have them. */
const ciphers: ReadonlyMap<string, Cipher> = /* @__PURE__ */ new Map<string, Cipher>([
  ["AES-128-CBC", { kind: "aes", keyLength: 16, ivLength: 16 }],
  ["AES-192-CBC", { kind: "aes", keyLength: 24, ivLength: 16 }],
  ["AES-256-CBC", { kind: "aes", keyLength: 32, ivLength: 16 }],
  ["DES-EDE3-CBC", { kind: "triple-des", keyLength: 24, ivLength: 8 }],
]);

/** The two headers (RFC 1421 4.6.1.1 and 4.6.1.3), in the order in which OpenSSL demands them. */
const headers =
  /^Proc-Type: ?4,ENCRYPTED[ \t]*\r?\nDEK-Info: ?([A-Za-z0-9-]{1,32})(?:,([0-9A-Fa-f]{1,64}))?[ \t]*\r?$/m;

/** Whether a private key file has the headers of an encrypted key. */
export function isTraditionalKey(pem: Uint8Array): boolean {
  return headers.test(new TextDecoder("latin1").decode(pem));
}

/**
 * Decrypts a private key that OpenSSL has encrypted in its traditional form (`RSA PRIVATE KEY` or
 * `EC PRIVATE KEY`; PEM_BYTES_READ_BIO(3) and PEM_READ_BIO_PRIVATEKEY(3), "PEM ENCRYPTION FORMAT").
 *
 * @param pem a file with one such key, at most 64 KiB.
 * @returns the key. Its bytes are a copy of their own: overwrite them after use.
 * @throws CannotDecryptError for a wrong passphrase
 * @throws UnsupportedPbes2Error for another cipher, BadPemError for malformed PEM
 * @throws UnsupportedKeyError, WeakKeyError, BadPrivateKeyError for a key that certswap cannot use
 */
export async function decryptTraditionalKey(
  pem: Uint8Array,
  passphrase: Bytes,
): Promise<PrivateKey> {
  const text = new TextDecoder("latin1").decode(pem);
  const [all = "", name = "", vector = ""] = headers.exec(text) ?? [];
  const cipher = ciphers.get(name.toUpperCase());
  // An odd number of digits, or the wrong number of bytes, is not from OpenSSL.
  if (cipher === undefined || vector.length !== 2 * cipher.ivLength) {
    throw new UnsupportedPbes2Error(name);
  }
  const iv = Uint8Array.fromHex(vector);
  // The reader accepts the blank line that is left between the label and the content.
  const bare = Uint8Array.from(text.replace(`${all}\n`, ""), (letter) => letter.charCodeAt(0));
  const blocks = readPem(bare, { limit: privateKeyFileLimit });
  const key = derive(passphrase, iv.subarray(0, 8), cipher.keyLength);
  const opened: { label: string; der: Bytes }[] = [];
  try {
    for (const { label, der } of blocks) {
      const isKey = label.endsWith(" PRIVATE KEY");
      opened.push({ label, der: isKey ? await decryptWith(key, { ...cipher, iv }, der) : der });
    }
    return readPrivateKeyFile(writePemBlocks(opened));
  } catch (cause) {
    // A wrong key gives the right padding once in 256 times. What it decrypts to is not DER.
    throw isNoise(cause) ? new CannotDecryptError({ cause }) : cause;
  } finally {
    key.fill(0);
  }
}

/** EVP_BytesToKey(3) with MD5 and one round: each hash is that of the one before, passphrase and salt. */
function derive(passphrase: Bytes, salt: Bytes, length: number): Bytes {
  let key = new Uint8Array();
  let last = new Uint8Array();
  while (key.length < length) {
    last = new Uint8Array(md5(joined([last, passphrase, salt])));
    key = joined([key, last]);
  }
  return key.slice(0, length);
}
