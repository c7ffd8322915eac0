/** Writes a TLS 1.2 ClientHello that nearly every server can answer (RFC 5246 section 7.4.1.2). */

/** Options of a ClientHello. */
interface ClientHelloOptions {
  /** Without it, no server_name is sent. */
  readonly serverName: string | undefined;
  /** The kind of key that the server's certificate is to have. Any, if `undefined`. */
  readonly keyType: "rsa" | "ecdsa" | undefined;
}

/** Cipher suites for certificates with an EC key: those that are preferred today first. */
const ecdsaSuites = [
  0xc02b, // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
  0xc02c, // TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
  0xcca9, // TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
  0xc0ac, // TLS_ECDHE_ECDSA_WITH_AES_128_CCM
  0xc0ad, // TLS_ECDHE_ECDSA_WITH_AES_256_CCM
  0xc0ae, // TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8
  0xc0af, // TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8
  0xc05c, // TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256
  0xc05d, // TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384
  0xc086, // TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256
  0xc087, // TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_GCM_SHA384
  0xc023, // TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256
  0xc024, // TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384
  0xc009, // TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
  0xc00a, // TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA
  0xc072, // TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256
  0xc073, // TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384
  0xc008, // TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA
  0xc007, // TLS_ECDHE_ECDSA_WITH_RC4_128_SHA
] as const;

/** Cipher suites for certificates with an RSA key. */
const rsaSuites = [
  0xc02f, // TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
  0xc030, // TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
  0xcca8, // TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
  0x009e, // TLS_DHE_RSA_WITH_AES_128_GCM_SHA256
  0x009f, // TLS_DHE_RSA_WITH_AES_256_GCM_SHA384
  0xccaa, // TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256
  0xc09e, // TLS_DHE_RSA_WITH_AES_128_CCM
  0xc09f, // TLS_DHE_RSA_WITH_AES_256_CCM
  0xc060, // TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256
  0xc061, // TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384
  0xc08a, // TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256
  0xc08b, // TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384
  0x007c, // TLS_DHE_RSA_WITH_CAMELLIA_128_GCM_SHA256
  0x007d, // TLS_DHE_RSA_WITH_CAMELLIA_256_GCM_SHA384
  0xc027, // TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256
  0xc028, // TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384
  0xc013, // TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
  0xc014, // TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA
  0x0067, // TLS_DHE_RSA_WITH_AES_128_CBC_SHA256
  0x006b, // TLS_DHE_RSA_WITH_AES_256_CBC_SHA256
  0x0033, // TLS_DHE_RSA_WITH_AES_128_CBC_SHA
  0x0039, // TLS_DHE_RSA_WITH_AES_256_CBC_SHA
  0xc076, // TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256
  0xc077, // TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384
  0x0045, // TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA
  0x0088, // TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA
  0x009c, // TLS_RSA_WITH_AES_128_GCM_SHA256
  0x009d, // TLS_RSA_WITH_AES_256_GCM_SHA384
  0xc09c, // TLS_RSA_WITH_AES_128_CCM
  0xc09d, // TLS_RSA_WITH_AES_256_CCM
  0x003c, // TLS_RSA_WITH_AES_128_CBC_SHA256
  0x003d, // TLS_RSA_WITH_AES_256_CBC_SHA256
  0x002f, // TLS_RSA_WITH_AES_128_CBC_SHA
  0x0035, // TLS_RSA_WITH_AES_256_CBC_SHA
  0x0041, // TLS_RSA_WITH_CAMELLIA_128_CBC_SHA
  0x0084, // TLS_RSA_WITH_CAMELLIA_256_CBC_SHA
  0x0096, // TLS_RSA_WITH_SEED_CBC_SHA
  0xc012, // TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA
  0x0016, // TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA
  0x000a, // TLS_RSA_WITH_3DES_EDE_CBC_SHA
  0xc011, // TLS_ECDHE_RSA_WITH_RC4_128_SHA
  0x0005, // TLS_RSA_WITH_RC4_128_SHA
  0x0004, // TLS_RSA_WITH_RC4_128_MD5
] as const;

/** SignatureScheme of RFC 8446 section 4.2.3; TLS 1.2 reads the same numbers as hash and signature. */
const ecdsaSchemes = [0x0403, 0x0503, 0x0603, 0x0303, 0x0203] as const;
const rsaSchemes = [
  ...[0x0804, 0x0805, 0x0806], // rsa_pss_rsae
  ...[0x0809, 0x080a, 0x080b], // rsa_pss_pss
  ...[0x0401, 0x0501, 0x0601, 0x0301, 0x0201], // rsa_pkcs1
] as const;
/** RFC 8422 section 5.10: they are used with the cipher suites for EC keys. */
const edwardsSchemes = [0x0807, 0x0808] as const;
const allSchemes = [...ecdsaSchemes, ...edwardsSchemes, ...rsaSchemes];

const suitesFor = {
  "any": [...ecdsaSuites, ...rsaSuites],
  "ecdsa": ecdsaSuites,
  "rsa": rsaSuites,
} as const;

const schemesFor = { "any": allSchemes, "ecdsa": ecdsaSchemes, "rsa": rsaSchemes } as const;

/** RFC 8446 section 4.2.7. A server's EC key must be on one of these curves (RFC 8422 section 5.1). */
const groups = [
  0x001d, // x25519
  0x0017, // secp256r1
  0x0018, // secp384r1
  0x0019, // secp521r1
  0x001e, // x448
  0x001a, // brainpoolP256r1
  0x001b, // brainpoolP384r1
  0x001c, // brainpoolP512r1
  0x0016, // secp256k1
  0x0015, // secp224r1
  0x0013, // secp192r1
  ...[0x0100, 0x0101, 0x0102], // ffdhe2048, ffdhe3072, ffdhe4096
] as const;

/**
 * A ClientHello in its record. TLS 1.2 is the highest version: with TLS 1.3 the certificate would be
 * encrypted. It offers everything that leads to a certificate, also old cipher suites: no secret is ever
 * sent.
 */
export function clientHello({ serverName, keyType }: ClientHelloOptions): Uint8Array {
  const kind = keyType ?? "any";
  const hello = [
    ...[3, 3],
    ...crypto.getRandomValues(new Uint8Array(32)),
    0, // No session to resume: the server would not show its certificate.
    ...vector16(suitesFor[kind].flatMap(uint16)),
    ...[1, 0], // No compression.
  ];
  const extensions = [
    ...serverName === undefined ? [] : extension(0, hostNameList(serverName)),
    ...extension(10, vector16(groups.flatMap(uint16))),
    ...extension(11, [1, 0]), // ec_point_formats: uncompressed.
    ...extension(13, vector16(schemesFor[kind].flatMap(uint16))),
    ...extension(23, []), // extended_master_secret (RFC 7627): some servers insist on it.
    // signature_algorithms_cert: an EC certificate that an RSA CA has signed is wanted as well.
    ...extension(50, vector16(allSchemes.flatMap(uint16))),
    ...extension(0xff01, [0]), // renegotiation_info (RFC 5746): some servers insist on it.
  ];
  const padding = extension(21, Array.from({ length: paddingFor(hello, extensions) }, () => 0));
  const body = [...hello, ...vector16([...extensions, ...padding])];
  const message = [1, 0, ...uint16(body.length), ...body];
  // Some servers drop a first record with a version above TLS 1.0 (RFC 8446 section 5.1).
  return Uint8Array.from([22, 3, 1, ...vector16(message)]);
}

/** Some servers hang on a ClientHello of 256 to 511 bytes (RFC 7685): with padding it has more. */
function paddingFor(hello: readonly number[], extensions: readonly number[]): number {
  const others = 4 + hello.length + 2 + extensions.length + 4;
  return Math.max(1, 512 - others);
}

function hostNameList(name: string): number[] {
  return vector16([0, ...vector16([...new TextEncoder().encode(name)])]);
}

function extension(type: number, data: readonly number[]): number[] {
  return [...uint16(type), ...vector16(data)];
}

/** Bytes behind their length in two bytes. */
function vector16(bytes: readonly number[]): number[] {
  return [...uint16(bytes.length), ...bytes];
}

function uint16(value: number): [number, number] {
  return [value >> 8, value & 0xff];
}
