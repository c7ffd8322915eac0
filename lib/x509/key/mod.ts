/** Keys: their kinds, private and public keys, and signers. */
export {
  type AlgorithmIdentifier,
  hasNullParameters,
  readAlgorithmIdentifier,
} from "./algorithm.ts";
export { rawEcdsaSignature } from "./ecdsa_signature.ts";
export { keyIdentifierOf } from "./key_identifier.ts";
export {
  algorithmsEqual,
  isKeyFor,
  isKindFor,
  type KeyKind,
  type KeyKindFor,
  keyKinds,
  type KeyUse,
  kindOf,
  kindsFor,
  rsaLimits,
  usualKeyUsage,
} from "./kinds.ts";
export { type PrivateKey, readPkcs8 } from "./private_key.ts";
export { readPrivateKeyFile } from "./private_key_file.ts";
export {
  curveOf,
  type KeyAlgorithm,
  type PublicKey,
  readPublicKey,
  readPublicKeyInfo,
  type UsableKeyAlgorithm,
} from "./public_key.ts";
export { schemeOf, type SignatureScheme } from "./signature_scheme.ts";
export {
  type GeneratedKey,
  type KeySource,
  type Signer,
  signingTermsOf,
  webCryptoKeys,
} from "./signer.ts";
export * from "./web_crypto.ts";
