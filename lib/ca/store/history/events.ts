/** The entries for what a change does. Every kind of store uses them. */
import { attempt, attemptAsync, isErrno, present, sha256Hex } from "../../../system/mod.ts";
import { readSingleCertificateFile } from "../../../x509/mod.ts";
import type { Finding } from "../finding.ts";
import type { ShardCrl } from "../shards/mod.ts";
import type {
  CertificateRecord,
  FormerCertificate,
  IssuedCertificate,
  StoreReader,
} from "../store.ts";
import type { EventContent } from "./event.ts";

/** The entries for certificates that are issued. */
export async function issueEvents(
  certificates: readonly IssuedCertificate[],
): Promise<readonly EventContent[]> {
  return await Promise.all(certificates.map(async ({ record, der, details }) => {
    const { serial, subject } = record;
    const { profile, requestedBy, shard } = details ?? {};
    const certificate = await sha256Hex(der);
    const known = present({ profile, requestedBy, shard });
    return { kind: "issue", serial, subject, certificate, ...known } as const;
  }));
}

/** The entry for a certificate that came from elsewhere, or from before. @param der left out if unknown. */
export async function adoptEvent(
  { serial, subject, status, revokedAt, revocationReason: reason }: CertificateRecord,
  der?: Uint8Array | undefined,
): Promise<EventContent> {
  const certificate = der && await sha256Hex(der);
  const revocation = status === "revoked" ? { revokedAt, reason } : {};
  return { kind: "adopt", serial, subject, ...present({ certificate }), ...revocation };
}

/** The entry for a CRL that is issued. @param issued `number`: decimal. */
export async function crlEvent(
  { der, shards, number }: {
    readonly der: Uint8Array;
    readonly shards: readonly ShardCrl[];
    readonly number: string | undefined;
  },
): Promise<EventContent> {
  const crl = await sha256Hex(der);
  const hashes = await Promise.all(shards.map((shard) => sha256Hex(shard.der)));
  return {
    kind: "crl",
    ...present({ number }),
    crl,
    ...(hashes.length === 0 ? {} : { shards: hashes }),
  };
}

/** The entry for a key that is written anew. @param pem secret. */
export function keyEvent(pem: Uint8Array): EventContent {
  const label = new TextDecoder().decode(pem.subarray(0, 40));
  return { kind: "key", encrypted: label.includes("BEGIN ENCRYPTED PRIVATE KEY") };
}

/**
 * The entries that start the history of a CA whose changes so far were made by an older version: they bind it
 * to the index as it is now.
 */
export async function startEvents(store: StoreReader): Promise<readonly EventContent[]> {
  const adopted: EventContent[] = [];
  for await (const page of store.pages()) {
    for (const record of page) adopted.push(await adoptEvent(record));
  }
  return [{ kind: "start", ...await ownHash(store), records: adopted.length }, ...adopted];
}

/** The entries that start the history of a CA of another program. @param own its certificate, DER. */
export async function takeoverEvents(
  own: Uint8Array,
  certificates: readonly FormerCertificate[],
): Promise<readonly EventContent[]> {
  const certificate = await sha256Hex(own);
  const adopted = certificates.map(({ record, der }) => adoptEvent(record, der));
  return [
    { kind: "import", certificate, records: certificates.length },
    ...await Promise.all(adopted),
  ];
}

async function ownHash(store: StoreReader): Promise<{ readonly certificate?: string }> {
  const certificate = await attemptAsync(async () =>
    await sha256Hex(readSingleCertificateFile(await store.root()).der)
  );
  return present({ certificate });
}

/** The entries for what `ca check --repair` corrects. */
export async function mendEvents(
  store: StoreReader,
  findings: readonly Finding[],
): Promise<readonly EventContent[]> {
  const events: EventContent[] = [];
  for (const finding of findings) events.push(...await mendEventsOf(store, finding));
  return events;
}

async function mendEventsOf(
  store: StoreReader,
  finding: Finding,
): Promise<readonly EventContent[]> {
  const mend = { kind: "mend", finding: finding.code } as const;
  switch (finding.code) {
    case "missing-entry": {
      const { serial, patch } = finding;
      return [{ ...mend, serial }, await adoptEvent(patch, await derOf(store, serial))];
    }
    case "unknown-certificate": {
      const { serial, patch, der } = finding;
      return [{ ...mend, serial }, await adoptEvent(patch, der)];
    }
    case "not-revoked": {
      const { serial, patch: { revokedAt, revocationReason: reason } } = finding;
      return [
        { ...mend, serial },
        { kind: "revoke", serial, ...present({ revokedAt, reason }) },
      ];
    }
    case "history-unrecorded": {
      const adopted = finding.records.map(async (record) =>
        await adoptEvent(record, await derOf(store, record.serial))
      );
      return [mend, ...await Promise.all(adopted)];
    }
    case "history-revocation": {
      const { serial, revokedAt, reason } = finding;
      return [{ ...mend, serial }, { kind: "revoke", serial, revokedAt, reason }];
    }
    default: {
      const serial = "serial" in finding ? finding.serial : undefined;
      const name = "name" in finding ? finding.name : undefined;
      return [{ ...mend, ...present({ serial, name }) }];
    }
  }
}

/**
 * A stored certificate, DER; `undefined` if its file is missing, or is not a certificate.
 *
 * @throws FileSystemError if it cannot be read: it may be intact, so nothing can be concluded from it.
 */
async function derOf(store: StoreReader, serial: string): Promise<Uint8Array | undefined> {
  let pem: Uint8Array;
  try {
    pem = await store.certificate(serial);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
  return attempt(() => readSingleCertificateFile(pem).der);
}
