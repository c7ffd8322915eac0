/** Reads AlgorithmIdentifier (RFC 5280 4.1.1.2). */
import {
  type Bytes,
  checkNested,
  type DerReader,
  type DerValue,
  readInside,
  readObjectIdentifier,
  tag,
} from "../encoding/mod.ts";

/** AlgorithmIdentifier (RFC 5280 4.1.1.2). */
export interface AlgorithmIdentifier {
  /** In dots. */
  readonly oid: string;
  readonly parameters: DerValue | undefined;
  readonly der: Bytes;
}

/** Reads an AlgorithmIdentifier. Its parameters must be valid DER; their meaning is not checked here. */
export function readAlgorithmIdentifier(reader: DerReader): AlgorithmIdentifier {
  const value = reader.next(tag.sequence);
  return readInside(value, (parts) => {
    const oid = readObjectIdentifier(parts);
    const parameters = parts.isAtEnd() ? undefined : parts.next();
    if (parameters) checkNested(parameters);
    return { oid, parameters, der: value.der };
  });
}

/** Whether the parameters are NULL, as RSA without PSS has them (RFC 3279 2.3.1). */
export function hasNullParameters({ parameters }: AlgorithmIdentifier): boolean {
  return parameters?.identifier === tag.null && parameters.content.length === 0;
}
