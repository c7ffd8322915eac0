/** Checks the certificates above a CA, and its own older ones. */
import {
  type Certificate,
  ChainError,
  formatName,
  isSameEntity,
  isSelfIssued,
  isValidAt,
  verifyServedChain,
} from "../../x509/mod.ts";
import { endingSoon, readCertificates, type Root } from "../issue/mod.ts";
import { type Finding, orBadFile, type StoreReader } from "../store/mod.ts";

/** What to check them against. */
interface HierarchyMaterial {
  readonly root: Root;
  readonly now: Date;
  /** Receives findings about files that cannot be read. */
  readonly findings: Finding[];
}

/** Checks the chain of an intermediate, and the older certificates of any CA. */
export async function examineHierarchy(
  store: StoreReader,
  { root: { certificate }, now, findings }: HierarchyMaterial,
): Promise<Finding[]> {
  const read = (
    part: "chain" | "previous" | "bundle",
  ): Promise<readonly Certificate[] | undefined> =>
    orBadFile(
      { findings, name: store.nameOf(part).inStore },
      () => readCertificates(store, part),
    );
  const name = store.nameOf("chain").inStore;
  const above = isSelfIssued(certificate) ? undefined : await read("chain");
  return [
    ...(above === undefined ? [] : await examineChain(certificate, { above, name, now })),
    ...examinePrevious(certificate, {
      previous: await read("previous") ?? [],
      name: store.nameOf("previous").inStore,
    }),
    ...(await read("bundle") ?? []).flatMap((one) =>
      examineEnd(one, { name: store.nameOf("bundle").inStore, now })
    ),
  ];
}

interface ChainMaterial {
  readonly above: readonly Certificate[];
  readonly name: string;
  readonly now: Date;
}

async function examineChain(
  certificate: Certificate,
  { above, name, now }: ChainMaterial,
): Promise<Finding[]> {
  const last = above.at(-1);
  if (last === undefined) return [{ code: "no-chain", name }];
  const ends = above.flatMap((one) => examineEnd(one, { name, now }));
  if (!isSelfIssued(last)) return [...ends, { code: "bad-chain", name, error: undefined }];
  try {
    // Expired ones have a finding of their own: the rest is checked at a time when all were valid.
    const starts = [certificate, ...above].map(({ notBefore }) => notBefore.getTime());
    const isInTime = [certificate, ...above].every((one) => isValidAt(one, now));
    const at = isInTime ? now : new Date(Math.max(...starts));
    await verifyServedChain([certificate, ...above], { at, purposes: [] });
    return ends;
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    return [...ends, { code: "bad-chain", name, error }];
  }
}

function examineEnd(
  { subject, notAfter }: Certificate,
  { name, now }: Pick<ChainMaterial, "name" | "now">,
): Finding[] {
  const left = notAfter.getTime() - now.getTime();
  const found = { name, subject: formatName(subject), notAfter };
  if (left < 0) return [{ code: "chain-expired", ...found }];
  return left < endingSoon ? [{ code: "chain-expires", ...found, left }] : [];
}

function examinePrevious(
  own: Certificate,
  { previous, name }: { readonly previous: readonly Certificate[]; readonly name: string },
): Finding[] {
  return previous.flatMap((older, index): Finding[] =>
    isSameEntity(older, own) ? [] : [{ code: "foreign-previous", name, number: `${index + 1}` }]
  );
}
