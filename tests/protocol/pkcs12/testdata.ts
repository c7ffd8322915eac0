/** PKCS#12 files by OpenSSL, Java, GnuTLS and NSS, from testdata/ (scripts/make_pkcs12_fixtures.sh). */

type Bytes = Uint8Array<ArrayBuffer>;

const directory = new URL("./testdata/", import.meta.url);

/** A file by its name without `.p12`. */
export function p12(name: string): Bytes {
  return Deno.readFileSync(new URL(`${name}.p12`, directory));
}

/** A password in UTF-8. */
export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** The password of most of the files. */
export const secret = utf8("secret");
