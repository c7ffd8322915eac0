/** One-time secrets and waiting requests: they are with the CA that issues. */
import {
  type CaStore,
  enrolmentKinds,
  type EnrolmentPatch,
  type StoreChange,
  type StoreReader,
} from "../store/mod.ts";
import { encodeRollover, isNextIssuing, readRollover } from "../succession/mod.ts";

/** All that a CA keeps about who may enrol. */
export async function enrolmentsOf(store: StoreReader): Promise<readonly EnrolmentPatch[]> {
  const all: EnrolmentPatch[] = [];
  for (const kind of enrolmentKinds) {
    for (const [id, content] of await store.enrolments(kind)) all.push({ kind, id, content });
  }
  return all;
}

/** Keeps these. */
export async function keepAll(
  change: StoreChange,
  enrolments: readonly EnrolmentPatch[],
): Promise<void> {
  for (const { kind, id, content } of enrolments) await change.keepEnrolment(kind, id, content);
}

/** Removes all that a CA keeps. */
export async function removeAll(change: StoreChange): Promise<void> {
  const all = await enrolmentsOf(change);
  await keepAll(change, all.map((one) => ({ ...one, content: undefined })));
}

/** Keeps these, and removes all others: what was revoked or used in the other CA does not come back. */
export async function replaceAll(
  change: StoreChange,
  enrolments: readonly EnrolmentPatch[],
): Promise<void> {
  const idOf = ({ kind, id }: EnrolmentPatch): string => `${kind} ${id}`;
  const kept = new Set(enrolments.map(idOf));
  const others = (await enrolmentsOf(change)).filter((one) => !kept.has(idOf(one)));
  await keepAll(change, [...others.map((one) => ({ ...one, content: undefined })), ...enrolments]);
}

/**
 * Records that the next CA is about to get copies, before it gets them: a later step then knows that they are
 * no secrets of its own.
 *
 * @returns whether that was recorded before: by a step that was interrupted.
 */
export async function announceCopies(
  old: CaStore,
  { lockTimeout }: { readonly lockTimeout: number },
): Promise<boolean> {
  if ((await readRollover(old))?.hasCopies) return true;
  const { value } = await old.change({
    lockTimeout,
    async work(change) {
      const record = await readRollover(change);
      if (record?.phase !== "started" || record.hasCopies) return record?.hasCopies ?? false;
      await change.replaceRollover(encodeRollover({ ...record, hasCopies: true }));
      return false;
    },
  });
  return value;
}

/** Records that the copies in the next CA are gone. */
export async function forgetCopies(
  old: CaStore,
  { lockTimeout }: { readonly lockTimeout: number },
): Promise<void> {
  if (!(await readRollover(old))?.hasCopies) return;
  await old.change({
    lockTimeout,
    async work(change) {
      const record = await readRollover(change);
      if (!record?.hasCopies) return;
      await change.replaceRollover(encodeRollover({ ...record, hasCopies: false }));
    },
  });
}

/** Removes what has stayed in the replaced CA after the next one got it. */
export async function removeReplaced(
  old: CaStore,
  { lockTimeout }: { readonly lockTimeout: number },
): Promise<void> {
  if ((await enrolmentsOf(old)).length === 0) return;
  await old.change({
    lockTimeout,
    async work(change) {
      const record = await readRollover(change);
      if (record !== undefined && isNextIssuing(record)) await removeAll(change);
    },
  });
}
