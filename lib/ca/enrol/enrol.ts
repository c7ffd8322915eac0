/** Issues certificates for applications over EST, many in one change. */
import { CertswapError } from "../../system/mod.ts";
import {
  issueBatch,
  type Leaf,
  loadUsableAuthority,
  readHierarchy,
  readRoot,
  servedWithLeaf,
} from "../issue/mod.ts";
import { readStoredCertificate, type StoreChange } from "../store/mod.ts";
import type { Application, EnrolmentResult, EnrolmentTerms } from "./application.ts";
import { KeptEnrolments } from "./kept.ts";
import { judge, type Judgement, type JudgingContext, type Plan } from "./judge/mod.ts";
import { findSameNames, identityText } from "./same_names.ts";
import { idOfSecret } from "./token.ts";

/**
 * Judges applications and issues their certificates, all in one change of the store: what is returned is
 * durable when the change is.
 *
 * @returns one result for each application. `again`: another one of the same batch is for the same names or
 * has the same secret.
 * @throws the errors of the CA itself: then nothing was issued.
 */
export async function enrol(
  change: StoreChange,
  applications: readonly Application[],
  terms: EnrolmentTerms,
): Promise<readonly EnrolmentResult[]> {
  const root = await readRoot(change);
  const hierarchy = await readHierarchy(change, root);
  const requests = applications.map(({ checked }) => checked.request);
  const sameNames = await findSameNames(change, requests);
  const kept = terms.kept ?? new KeptEnrolments(change);
  const context: JudgingContext = { ...terms, change, kept, hierarchy, sameNames };
  const judged: (Judgement | Extract<EnrolmentResult, { readonly is: "refused" | "again" }>)[] = [];
  const seen = new Set<string>();
  for (const application of applications) {
    const keys = conflictKeys(application);
    if (keys.some((key) => seen.has(key))) judged.push({ is: "again" });
    else judged.push(await orRefused(() => judge(context, application)));
    for (const key of keys) seen.add(key);
  }
  const leaves = await issuePlans(context, judged.filter((one) => one.is === "plan"));
  const chain = servedWithLeaf(hierarchy).map(({ der }) => der);
  return await Promise.all(judged.map(async (one): Promise<EnrolmentResult> => {
    if (one.is === "plan") {
      const leaf = leaves.get(one);
      if (leaf === undefined) throw new TypeError("a certificate is lost");
      const { record: { serial }, der: certificate } = leaf;
      const { requestedBy, wasExpired } = one;
      return { is: "issued", serial, certificate, chain, isNew: true, requestedBy, wasExpired };
    }
    if (one.is === "known") {
      const { der: certificate } = await readStoredCertificate(change, one.serial);
      return { ...one, is: "issued", certificate, chain, isNew: false };
    }
    return one;
  }));
}

/** Two applications with one of these in common must not be judged by the same state. */
function conflictKeys({ proof, checked, hash }: Application): readonly string[] {
  const id = proof.by === "token" ? idOfSecret(proof.secret) : undefined;
  return [
    `names ${identityText(checked.request)}`,
    `request ${hash}`,
    ...(id === undefined ? [] : [`token ${id}`]),
    ...(proof.by === "birth" ? [`birth ${proof.id}`] : []),
  ];
}

async function orRefused(
  work: () => Promise<Judgement>,
): Promise<Judgement | Extract<EnrolmentResult, { readonly is: "refused" }>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CertswapError && isAboutRequest(error)) return { is: "refused", error };
    throw error;
  }
}

/** Whether an error is about the application, and not about the CA or the disk. */
function isAboutRequest({ code }: CertswapError): boolean {
  return aboutRequests.has(code);
}

const aboutRequests: ReadonlySet<string> = new Set([
  "enrolment-refused",
  "request-key-unsupported",
  "request-outside-profile",
  "request-refused",
  "request-signature",
  "unknown-profile",
  "wrong-profile",
]);

/** Issues all planned certificates, and records what they replace. */
async function issuePlans(
  context: JudgingContext,
  plans: readonly Plan[],
): Promise<ReadonlyMap<Plan, Leaf>> {
  const leaves = new Map<Plan, Leaf>();
  if (plans.length === 0) return leaves;
  const { change, hierarchy, settings, random, now, keys, passphrase } = context;
  const place = { store: change, keys, passphrase };
  const { authority } = await loadUsableAuthority(place, { root: hierarchy.root, now });
  const byProfile = [...Map.groupBy(plans, ({ profile }) => profile)];
  const issued = await issueBatch(
    change,
    byProfile.map(([profile, group]) => ({
      requests: group.map(({ checked }) => checked),
      profile,
      validity: profile.validity,
    })),
    { hierarchy, authority, settings, random, now, requestedBy: "" },
  );
  for (const [index, [, group]] of byProfile.entries()) {
    for (const [place, plan] of group.entries()) {
      const leaf = issued[index]?.leaves[place];
      if (leaf !== undefined) leaves.set(plan, leaf);
    }
  }
  for (const [plan, { record: { serial } }] of leaves) {
    await supersede(context, plan, serial);
    await plan.onIssued(serial);
  }
  return leaves;
}

async function supersede(
  { change, settings: { est }, now }: JudgingContext,
  { supersedes }: Plan,
  by: string,
): Promise<void> {
  for (const serial of supersedes) {
    await change.describe(serial, { supersededBy: by });
    if (est.superseded === "revoke") {
      await change.revoke(serial, { at: now, reason: "superseded" });
    }
  }
}
