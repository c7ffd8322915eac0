/** Issues certificates for requests of one or more profiles, and records them, in one change of the store. */
import type { Random } from "../../system/mod.ts";
import type { Authority } from "../../x509/mod.ts";
import type { CaSettings, Profile } from "../settings/mod.ts";
import { currentTemplates, type StoreChange, withTemplates } from "../store/mod.ts";
import { backdated } from "./authority.ts";
import { type Hierarchy, pathLengthBelow } from "./chain.ts";
import type { CheckedRequest } from "./check_request.ts";
import { issueLeaves, type Leaf } from "./issue_leaves.ts";
import { takeSerials } from "./serials.ts";

/** Requests whose certificates have the same profile and dates. */
export interface BatchGroup {
  /** Checked in every respect. */
  readonly requests: readonly CheckedRequest[];
  readonly profile: Profile;
  /** Milliseconds. */
  readonly validity: number;
}

/** The CA that signs, and how. */
export interface BatchTerms {
  readonly hierarchy: Hierarchy;
  /** See `loadUsableAuthority`. */
  readonly authority: Authority;
  readonly settings: CaSettings;
  readonly random: Random;
  readonly now: Date;
  /** Who asked, unless a request says so itself. For the details. */
  readonly requestedBy: string;
  /** Called with the number of certificates signed so far. */
  readonly onSigned?: ((done: number) => void) | undefined;
}

/** The certificates of a group, in the order of its requests. */
export interface IssuedGroup {
  readonly leaves: readonly Leaf[];
  /** The end that its validity asks for. */
  readonly asked: Date;
  /** The end of the certificates: they never outlive the CA. */
  readonly notAfter: Date;
}

/**
 * Issues a certificate for each request, and records them.
 *
 * @throws PathLengthExhaustedError, CaKeyMismatchError, and the errors of taking serial numbers.
 */
export async function issueBatch(
  change: StoreChange,
  groups: readonly BatchGroup[],
  terms: BatchTerms,
): Promise<readonly IssuedGroup[]> {
  const { hierarchy, authority, settings, random, now, requestedBy } = terms;
  const { root } = hierarchy;
  const { notBefore: earliest, notAfter: latest } = root.certificate;
  const lengths = groups.map(({ profile: { ca } }) =>
    ca && pathLengthBelow(hierarchy, ca.pathLength)
  );
  const count = groups.reduce((sum, { requests }) => sum + requests.length, 0);
  const serials = await takeSerials(change, count, { root, settings, random });
  const shards = await prepareShards(change, settings);
  const issued: IssuedGroup[] = [];
  let taken = 0;
  for (const [index, { requests, profile, validity }] of groups.entries()) {
    const asked = new Date(now.getTime() + validity);
    const notAfter = asked > latest ? latest : asked;
    const before = taken;
    const leaves = await issueLeaves(requests, {
      authority,
      serials: serials.slice(before, before + requests.length),
      notBefore: backdated(now, profile.backdate, earliest),
      notAfter,
      profile,
      pathLength: lengths[index],
      addresses: settings.addresses,
      shards,
      requestedBy,
      // One certificate alone has nothing to wait for meanwhile.
      onSigned: count > 1 ? (leaf) => change.writeAhead(leaf) : undefined,
    }, (done) => terms.onSigned?.(before + done));
    taken += requests.length;
    issued.push({ leaves, asked, notAfter });
  }
  await change.record(issued.flatMap(({ leaves }) => leaves));
  return issued;
}

/**
 * How many shards new certificates are divided into. Records their addresses, which the CRLs need.
 *
 * @throws BadShardsError
 */
async function prepareShards(store: StoreChange, settings: CaSettings): Promise<number> {
  const templates = withTemplates(await store.shardTemplates(), currentTemplates(settings));
  if (templates !== undefined) await store.recordShardTemplates(templates);
  return settings.crl.shards;
}
