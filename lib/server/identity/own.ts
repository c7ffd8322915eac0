/** The server's own certificate, issued by the CA that it serves. */
import {
  backdated,
  checkRequest,
  currentSecond,
  issueLeaves,
  loadAuthority,
  ownSerial,
  prepareShards,
  readHierarchy,
  readLastCrl,
  readRoot,
  requireUsableTime,
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
import type { LoadedIdentity } from "./identity.ts";

/** The validity of the server's own certificate, in milliseconds. It is replaced after half of it. */
const validity = 7 * day;

/**
 * Issues a certificate for the server, with a new key that is never on a disk.
 *
 * @throws the errors of changing the CA.
 */
export async function issueOwn(
  context: ServerContext,
  names: readonly [string, ...string[]],
): Promise<LoadedIdentity> {
  const { system, ca, store, settings } = context;
  const key = await webCryptoKeys.generate("ecdsa-p256");
  const der = await createRequest({
    subject: encodeDistinguishedName(subjectOf(names[0])),
    alternativeNames: encodeAlternativeNames(names.map(serverName).join(",")),
  }, key);
  const checked = await checkRequest(readRequest(der), "the server's own request");
  const { value } = await store.change({
    lockTimeout: ca.lockTimeout,
    async work(change) {
      const now = currentSecond(system);
      const root = await readRoot(change);
      const hierarchy = await readHierarchy(change, root);
      const authority = await loadAuthority({ store: change, keys: webCryptoKeys, ...ca }, root);
      requireUsableTime(now, { root, crl: await readLastCrl(change, root) });
      const { serial, addresses } = settings();
      const random = serial === "random" ? system.random : undefined;
      const serials = await change.takeSerials({ count: 1, root: ownSerial(root), random });
      const { notBefore, notAfter: end } = root.certificate;
      const asked = new Date(now.getTime() + validity);
      // Its names are in ca.toml: the policy of a profile is for others.
      const profile = { ...profileNamed(settings(), "server"), ...ownProfile };
      const leaves = await issueLeaves([checked], {
        authority,
        serials,
        notBefore: backdated(now, minute, notBefore),
        notAfter: asked > end ? end : asked,
        profile,
        pathLength: undefined,
        addresses,
        shards: await prepareShards(change, settings()),
        requestedBy: "certswap ca serve",
      });
      await change.record(leaves);
      return { leaves, chain: servedWithLeaf(hierarchy) };
    },
  });
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
  keyUsage: undefined,
  extendedKeyUsage: [purposeOid.serverAuth],
} as const;

/** A common name has at most 64 characters (RFC 5280 appendix A). */
function subjectOf(name: string): string {
  return `CN=${name.length <= 64 ? name : "certswap ca serve"}`;
}
