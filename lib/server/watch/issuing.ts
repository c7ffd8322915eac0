/** The CA that issues for a server: the one that it serves, or the one that replaces it. */
import { type CaSettings, readSettings } from "../../ca/settings/mod.ts";
import { type Hierarchy, readCertificates, readHierarchy, readRoot } from "../../ca/issue/mod.ts";
import { type CaStore, openStore } from "../../ca/store/mod.ts";
import { findIssuingCa, type IssuingCa } from "../../ca/succession/mod.ts";
import type { System } from "../../system/mod.ts";
import type { Certificate } from "../../x509/mod.ts";

/** A CA that has replaced the one that is served, as it was read last. */
export interface SuccessorView {
  readonly ca: IssuingCa;
  readonly store: CaStore;
  /** See `StoreReader.generation`. */
  readonly generation: string;
  /** As they were read first, or after SIGHUP. */
  readonly settings: CaSettings;
  readonly hierarchy: Hierarchy;
  /** Older certificates of the CA with the same key, newest first. */
  readonly previous: readonly Certificate[];
}

/**
 * Reads the CA that issues; `undefined`: it is the one that is served.
 *
 * @param before the last view: its store and its settings are kept.
 * @throws NextCaUnusableError, BadRolloverFileError, and the errors of reading the CA.
 */
export async function readSuccessor(
  system: System,
  store: CaStore,
  before: SuccessorView | undefined,
): Promise<SuccessorView | undefined> {
  const ca = await findIssuingCa(system, { dataDirectory: store.written });
  if (ca.replaces === undefined) return undefined;
  const isSame = before?.ca.dataDirectory === ca.dataDirectory;
  const successor = isSame ? before.store : await openStore(system, ca);
  const generation = await successor.generation();
  return {
    ca,
    store: successor,
    generation,
    settings: isSame ? before.settings : await readSettings(system, ca),
    hierarchy: await readHierarchy(successor, await readRoot(successor)),
    previous: await readCertificates(successor, "previous"),
  };
}
