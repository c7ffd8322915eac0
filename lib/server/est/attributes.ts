/** What a CA wants in requests: the answer to /csrattrs (RFC 7030 4.5, RFC 9908). */
import type { Profile } from "../../ca/settings/mod.ts";
import {
  anyRequest,
  encodeCsrAttributes,
  type RequestTemplate,
  type WantedKey,
} from "../../protocol/est/mod.ts";
import { type Bytes, extensionOid, type KeyKindFor, keyKinds, purposeOid } from "../../x509/mod.ts";

/**
 * The attributes for a profile: its kind of key, if it has a list of them the first one, and alternative
 * names if its certificates are for servers.
 *
 * @returns DER CsrAttrs; `undefined` if it wants nothing in particular.
 */
export function attributesFor({ keyKinds: kinds, extendedKeyUsage }: Profile): Bytes | undefined {
  const [kind] = kinds ?? [];
  const isForServers = extendedKeyUsage.includes(purposeOid.serverAuth);
  if (kind === undefined && !isForServers) return undefined;
  const template: RequestTemplate = {
    ...anyRequest,
    keys: kind === undefined ? [] : [wantedKey(kind)],
    extensions: isForServers
      ? [{ oid: extensionOid.subjectAltName, critical: false, value: undefined }]
      : [],
  };
  return encodeCsrAttributes(template);
}

function wantedKey(kind: KeyKindFor<"leaf">): WantedKey {
  const { algorithm } = keyKinds[kind];
  switch (algorithm.kind) {
    case "ec":
      return { kind: "ec", curve: algorithm.curve };
    case "rsa":
      return { kind: "rsa", bits: algorithm.bits };
    case "ed25519":
      return { kind: "ed25519" };
  }
}
