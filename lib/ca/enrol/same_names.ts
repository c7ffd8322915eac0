/** Finds the certificates that have the same subject and alternative names. */
import { attemptAsync } from "../../system/mod.ts";
import { formatName } from "../../x509/mod.ts";
import { describe, type Described, namesOf } from "../identity/mod.ts";
import {
  type CertificateDetails,
  type CertificateRecord,
  readStoredCertificate,
  type StoreReader,
} from "../store/mod.ts";

/** A certificate of the store, with what else is known of it. */
export interface NamedCertificate {
  readonly record: CertificateRecord;
  readonly details: CertificateDetails | undefined;
  /** SHA-256 of its SubjectPublicKeyInfo; `undefined` if it cannot be read. */
  readonly key: string | undefined;
}

/** What has a subject and alternative names. */
type Named = Described & { readonly subject: Parameters<typeof formatName>[0] };

/** One text for a subject and alternative names, in any order. */
export function identityText(named: Pick<Named, "subject" | "subjectAltName">): string {
  return textFor(formatName(named.subject), namesOf(named));
}

function textFor(subject: string, names: readonly string[]): string {
  return JSON.stringify([subject, ...names.toSorted()]);
}

/**
 * Finds all certificates with the names of one of these, also revoked and expired ones.
 *
 * @returns by {@linkcode identityText}, each list in the order of issue.
 * @throws BadIndexError, BadDetailsError, FileSystemError
 */
export async function findSameNames(
  store: StoreReader,
  wanted: readonly Pick<Named, "subject" | "subjectAltName">[],
): Promise<ReadonlyMap<string, readonly NamedCertificate[]>> {
  const texts = new Set(wanted.map(identityText));
  const found = new Map<string, NamedCertificate[]>();
  const subjects = new Set(wanted.map(({ subject }) => formatName(subject)));
  for await (const page of store.describedPages({ subjects })) {
    for (const { record, details } of page) {
      const { names, key } = details?.names === undefined || details.key === undefined
        ? await described(store, record.serial)
        : details;
      if (names === undefined) continue;
      const text = textFor(record.subject, names);
      if (!texts.has(text)) continue;
      const list = found.get(text) ?? [];
      found.set(text, [...list, { record, details, key }]);
    }
  }
  return found;
}

/** What an older version did not record. A certificate that cannot be read has no names. */
async function described(
  store: StoreReader,
  serial: string,
): Promise<Pick<CertificateDetails, "names" | "key">> {
  return await attemptAsync(async () =>
    await describe(await readStoredCertificate(store, serial))
  ) ??
    {};
}
