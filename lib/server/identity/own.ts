/** The server's own certificate, issued by the CA that it serves. */
import {
  checkAgainstCa,
  checkRequest,
  currentSecond,
  issueBatch,
  loadUsableAuthority,
  readHierarchy,
  readRoot,
  servedWithLeaf,
} from "../../ca/issue/mod.ts";
import { serverName } from "../../ca/settings/serve/mod.ts";
import { profileNamed } from "../../ca/settings/mod.ts";
import { day, minute, type ServerIdentity } from "../../system/mod.ts";
import {
  createRequest,
  encodeAlternativeNames,
  encodeDistinguishedName,
  purposeOid,
  readCertificate,
  readRequest,
  webCryptoKeys,
  writePem,
} from "../../x509/mod.ts";
import type { ServerContext } from "../context.ts";
import { changeOf, type Issuer, withIssuer } from "../issuer.ts";
import type { LoadedIdentity } from "./identity.ts";

/** The validity of the server's own certificate, in milliseconds. It is replaced after half of it. */
const validity = 7 * day;

/**
 * Issues a certificate for the server, with a new key that is never on a disk.
 *
 * @throws RequestRefusedError if the CA may not certify these names, and the errors of changing the CA.
 */
export async function issueOwn(
  context: ServerContext,
  names: readonly [string, ...string[]],
): Promise<LoadedIdentity> {
  return await withIssuer(context, (issuer) => issueWith(context, issuer, names));
}

async function issueWith(
  context: ServerContext,
  issuer: Issuer,
  names: readonly [string, ...string[]],
): Promise<LoadedIdentity> {
  const { system, ca: { passphrase }, watch } = context;
  const { store, settings } = issuer;
  const key = await webCryptoKeys.generate("ecdsa-p256");
  const der = await createRequest({
    subject: encodeDistinguishedName(subjectOf(names[0])),
    alternativeNames: encodeAlternativeNames(names.map(serverName).join(",")),
  }, key);
  const file = "the server's own request";
  const checked = { good: [await checkRequest(readRequest(der), file)], bad: [] };
  const { value } = await store.change(changeOf(context, issuer, async (change) => {
    const now = currentSecond(system);
    const root = await readRoot(change);
    const place = { store: change, keys: webCryptoKeys, passphrase };
    const { authority } = await loadUsableAuthority(place, { root, now });
    const hierarchy = await readHierarchy(change, root);
    // Its names are in ca.toml: the policy of a profile is for others.
    const profile = { ...profileNamed(settings, "server"), ...ownProfile };
    const policy = { requests: [file], onBadRequest: "stop" } as const;
    const { good } = await checkAgainstCa(checked, { hierarchy, profile }, policy);
    const [group] = await issueBatch(change, [{ requests: good, profile, validity }], {
      hierarchy,
      authority,
      settings,
      random: system.random,
      now,
      requestedBy: "certswap ca serve",
    });
    return { leaves: group?.leaves ?? [], chain: servedWithLeaf(hierarchy) };
  }));
  watch.noteOwnChange();
  const all = [...value.leaves, ...value.chain].map(({ der }) => writePem("CERTIFICATE", der));
  const identity: ServerIdentity = {
    certificatePem: all.join(""),
    keyPem: writePem("PRIVATE KEY", key.pkcs8),
  };
  const [leaf] = value.leaves;
  if (leaf === undefined) throw new TypeError("no certificate was issued");
  return { identity, certificate: readCertificate(leaf.der) };
}

const ownProfile = {
  ca: undefined,
  backdate: minute,
  keyUsage: undefined,
  extendedKeyUsage: [purposeOid.serverAuth],
} as const;

/** A common name has at most 64 characters (RFC 5280 appendix A). */
function subjectOf(name: string): string {
  return `CN=${name.length <= 64 ? name : "certswap ca serve"}`;
}
