/** One-time secrets and waiting requests: they are with the CA that issues. */
import { enrolmentKinds, type EnrolmentPatch, type StoreChange } from "../store/mod.ts";

/** All that a CA keeps about who may enrol. */
export async function enrolmentsOf(change: StoreChange): Promise<readonly EnrolmentPatch[]> {
  const all: EnrolmentPatch[] = [];
  for (const kind of enrolmentKinds) {
    for (const [id, content] of await change.enrolments(kind)) all.push({ kind, id, content });
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

/** Removes these. */
export async function removeAll(
  change: StoreChange,
  enrolments: readonly EnrolmentPatch[],
): Promise<void> {
  await keepAll(change, enrolments.map((one) => ({ ...one, content: undefined })));
}
