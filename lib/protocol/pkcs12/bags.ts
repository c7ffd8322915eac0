/** The bags of a PKCS#12 file: keys and certificates with their attributes (RFC 7292 4.2). */
import {
  type AlgorithmIdentifier,
  type Bytes,
  constructedContextTag,
  type DerReader,
  type DerValue,
  ifDer,
  readInside,
  readObjectIdentifier,
  readWhole,
  tag,
  textOf,
  toDer,
} from "../../x509/mod.ts";
import { readEncryptedPrivateKeyInfo } from "../pbes2/mod.ts";
import { BadPkcs12Error } from "./errors.ts";
import { bagDepthLimit, bagLimit, certificateLimit } from "./limits.ts";
import { bagAttributeOid, bagOid, x509CertificateOid } from "./oids.ts";

/** What a bag says of its content. */
interface BagAttributes {
  /** What a key and its certificate have in common. */
  readonly localKeyId: Bytes | undefined;
  /** Untrusted text. */
  readonly friendlyName: string | undefined;
}

/** A private key, encrypted most often. */
export interface KeyBag extends BagAttributes {
  /** PrivateKeyInfo, or what it was encrypted to. */
  readonly content: Bytes;
  /** `undefined`: it is not encrypted by itself. */
  readonly encryption: AlgorithmIdentifier | undefined;
}

/** A certificate. */
export interface CertificateBag extends BagAttributes {
  readonly der: Bytes;
}

/** What is in the bags that certswap has a use for. CRLs and secrets are passed over. */
export class Bags {
  readonly keys: KeyBag[] = [];
  readonly certificates: CertificateBag[] = [];
  #count = 0;

  /**
   * Reads SafeContents, and what is nested in it.
   *
   * @throws BadDerError, TruncatedDerError, BadPkcs12Error
   */
  read(ber: Bytes, depth = 0): void {
    if (depth > bagDepthLimit) throw new BadPkcs12Error("bags-nested-too-deep");
    readWhole(toDer(ber), tag.sequence, (bags) => {
      while (!bags.isAtEnd()) bags.inside(tag.sequence, (parts) => this.#readBag(parts, depth));
    });
  }

  #readBag(parts: DerReader, depth: number): void {
    if (++this.#count > bagLimit) throw new BadPkcs12Error("too-many-bags");
    const oid = readObjectIdentifier(parts);
    const value = readInside(parts.next(constructedContextTag(0)), (inner) => inner.next());
    const attributes = readAttributes(parts);
    switch (oid) {
      case bagOid.key:
        this.keys.push({ content: value.der, encryption: undefined, ...attributes });
        break;
      case bagOid.shroudedKey:
        this.keys.push({ ...readEncryptedKey(value), ...attributes });
        break;
      case bagOid.certificate:
        this.#addCertificate(value, attributes);
        break;
      case bagOid.safeContents:
        this.read(value.der, depth + 1);
    }
  }

  #addCertificate(value: DerValue, attributes: BagAttributes): void {
    const der = readInside(value, (parts) => {
      const oid = readObjectIdentifier(parts);
      const content = readInside(parts.next(constructedContextTag(0)), (inner) => inner.next());
      return oid === x509CertificateOid && content.identifier === tag.octetString
        ? content.content
        : undefined;
    });
    if (der === undefined) return;
    if (this.certificates.length === certificateLimit) {
      throw new BadPkcs12Error("too-many-certificates");
    }
    this.certificates.push({ der, ...attributes });
  }
}

function readEncryptedKey(value: DerValue): Pick<KeyBag, "content" | "encryption"> {
  const { algorithm, ciphertext } = readInside(value, readEncryptedPrivateKeyInfo);
  return { encryption: algorithm, content: ciphertext };
}

function readAttributes(parts: DerReader): BagAttributes {
  const values = new Map<string, DerValue>();
  if (!parts.isAtEnd()) {
    parts.inside(tag.set, (set) => {
      while (!set.isAtEnd()) {
        set.inside(tag.sequence, (attribute) => {
          const oid = readObjectIdentifier(attribute);
          const [first] = readInside(attribute.next(tag.set), readAll);
          if (first !== undefined) values.set(oid, first);
        });
      }
    });
  }
  const id = values.get(bagAttributeOid.localKeyId);
  const name = values.get(bagAttributeOid.friendlyName);
  return {
    localKeyId: id?.identifier === tag.octetString ? id.content : undefined,
    friendlyName: name && ifDer(() => textOf(name)),
  };
}

function readAll(reader: DerReader): DerValue[] {
  const values: DerValue[] = [];
  while (!reader.isAtEnd()) values.push(reader.next());
  return values;
}
