/** Certificates of the CA that this one replaces: with them, devices move from one to the other. */
import { attemptAsync, CertswapError, type System } from "../../../system/mod.ts";
import { type Certificate, certificatesEqual } from "../../../x509/mod.ts";
import { isIssuedBy, readRoot, type Root } from "../../issue/mod.ts";
import { type CaStore, openStore, readStoredCertificate } from "../../store/mod.ts";
import type { Proof } from "../application.ts";
import { EnrolmentRefusedError, PredecessorUnreadableError } from "../errors.ts";
import { FileCache } from "./file_cache.ts";

type PredecessorProof = Extract<Proof, { readonly by: "predecessor" }>;

/** A CA whose store is open. */
interface Opened {
  readonly store: CaStore;
  readonly roots: FileCache<Root>;
}

/** The CAs that another one replaces, on the same machine. Their stores are kept open. */
export class Predecessor {
  readonly #opened = new Map<string, Opened>();

  /**
   * What a certificate of the CA proves: it must be the one that the CA has on record under its serial
   * number. Takes no lock.
   *
   * @returns `undefined` if it is not one of that CA.
   * @throws EnrolmentRefusedError if it was revoked or superseded; PredecessorUnreadableError.
   */
  async proofOf(
    system: System,
    dataDirectory: string,
    certificate: Certificate,
  ): Promise<PredecessorProof | undefined> {
    try {
      return await this.#judge(system, dataDirectory, certificate);
    } catch (error) {
      if (error instanceof EnrolmentRefusedError || !(error instanceof CertswapError)) throw error;
      throw new PredecessorUnreadableError(dataDirectory, { cause: error });
    }
  }

  async #judge(
    system: System,
    dataDirectory: string,
    certificate: Certificate,
  ): Promise<PredecessorProof | undefined> {
    const { store, roots } = await this.#open(system, dataDirectory);
    const root = await roots.get(store.nameOf("root").absolute, () => readRoot(store));
    const isTheirs = await attemptAsync(() => isIssuedBy(root, certificate)) ?? false;
    if (!isTheirs) return undefined;
    const { serialNumber: serial } = certificate;
    const record = await store.find(serial);
    const isKnown = record !== undefined &&
      certificatesEqual(await readStoredCertificate(store, serial), certificate);
    if (!isKnown) return undefined;
    if (record.status === "revoked") throw new EnrolmentRefusedError("predecessor-revoked", serial);
    const { profile, supersededBy } = await store.details(serial) ?? {};
    if (supersededBy !== undefined) {
      throw new EnrolmentRefusedError("predecessor-superseded", serial);
    }
    return { by: "predecessor", certificate, profile };
  }

  async #open(system: System, dataDirectory: string): Promise<Opened> {
    const known = this.#opened.get(dataDirectory);
    if (known !== undefined) return known;
    const store = await openStore(system, { dataDirectory });
    const opened = { store, roots: new FileCache<Root>(system) };
    this.#opened.set(dataDirectory, opened);
    return opened;
  }
}
