/** The status of a certificate for OCSP, as the store has it. */
import { ownSerial } from "../../ca/issue/mod.ts";
import {
  type CertId,
  type CertStatus,
  isOfIssuer,
  type IssuerHashes,
  issuerHashesOf,
} from "../../protocol/ocsp/mod.ts";
import { type Certificate, formatSerial, isSerial } from "../../x509/mod.ts";
import type { ServerContext } from "../context.ts";

/** Finds the status of certificates. */
export class StatusFinder {
  readonly #context: ServerContext;
  #issuer: { readonly of: Certificate; readonly hashes: IssuerHashes } | undefined;

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /** The hashes by which CertIDs name this CA. They stay the same as long as its key does. */
  async issuer(): Promise<IssuerHashes> {
    const { certificate } = this.#context.watch.view.hierarchy.root;
    if (this.#issuer?.of !== certificate) {
      this.#issuer = { of: certificate, hashes: await issuerHashesOf(certificate) };
    }
    return this.#issuer.hashes;
  }

  /**
   * The status of a certificate, as committed now (RFC 6960 2.2). `unknown` if this CA has never issued it,
   * or is not its issuer.
   *
   * @throws the errors of `StoreReader.find`.
   */
  async statusOf(id: CertId): Promise<CertStatus> {
    const serial = formatSerial(id.serial);
    if (!isSerial(serial) || !isOfIssuer(id, await this.issuer())) return { is: "unknown" };
    const record = await this.#context.store.find(serial);
    if (record === undefined) return this.#isOwn(id) ? { is: "good" } : { is: "unknown" };
    const { status, revokedAt, revocationReason } = record;
    if (status === "active") return { is: "good" };
    const reason = revocationReason === "" ? "unspecified" : revocationReason;
    return { is: "revoked", at: new Date(revokedAt), reason };
  }

  /** A root has a number of its own, and is in no record. */
  #isOwn({ serial }: CertId): boolean {
    return ownSerial(this.#context.watch.view.hierarchy.root) === serial;
  }
}

/** Whether two statuses say the same. */
export function statusesEqual(a: CertStatus, b: CertStatus): boolean {
  if (a.is !== "revoked" || b.is !== "revoked") return a.is === b.is;
  return a.at.getTime() === b.at.getTime() && a.reason === b.reason;
}
