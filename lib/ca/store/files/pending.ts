/** A data directory of a CA that waits for its certificate: created, completed, or removed again. */
import { sha256Hex, statIfPresent, type System } from "../../../system/mod.ts";
import { type Entry, recover, takeSnapshot, withSession } from "../../../transaction/mod.ts";
import { encodePem, privateKeyFileLimit, requestFileLimit } from "../../../x509/mod.ts";
import { CaAlreadyInitializedError, CaNotInitializedError } from "../../errors.ts";
import { EventLog } from "../history/mod.ts";
import type { CreateOptions, SettleOptions } from "../open.ts";
import type { CaStore, Changed, NewRequest, Settlement } from "../store.ts";
import {
  confirmed,
  createFiles,
  type NewKind,
  noPast,
  requireNothingElse,
  storeFileOf,
} from "./create.ts";
import {
  caModes,
  type DataDirectory,
  newFile,
  presenceOf,
  requireTrustedCa,
} from "./data_directory.ts";
import { encodeCertificates } from "./own_certificates.ts";

/**
 * Creates the key and the request of a CA, in one transaction. Creates the directory if it does not exist.
 *
 * @throws CaAlreadyInitializedError, StrayFileError, UntrustedPlaceError
 */
export async function createPendingCa<T extends NewRequest>(
  system: System,
  options: CreateOptions<T>,
  kind: NewKind,
): Promise<Changed<T> & { readonly store: CaStore }> {
  return await createFiles(system, {
    ...options,
    kind,
    // deno-lint-ignore require-await -- the files of a store may take a while
    entriesFor: async (directory, { key, keyLabel = "PRIVATE KEY", request }) => [
      ...storeFileOf(system, directory, kind.name),
      newFile(system.files, directory, {
        target: directory.paths.key,
        content: encodePem(keyLabel, key),
        mode: caModes.key,
      }),
      newFile(system.files, directory, {
        target: directory.paths.request,
        content: encodePem("CERTIFICATE REQUEST", request),
      }),
    ],
  });
}

/**
 * Completes a CA that waits for its certificate, or removes its key and its request, in one transaction.
 *
 * @throws CaNotInitializedError if there is no key; CaAlreadyInitializedError if there is a certificate;
 * StrayFileError, and the errors of `work`.
 */
export async function settlePendingCa<T>(
  system: System,
  { dataDirectory, lockTimeout, actor, work }: SettleOptions<T>,
  { directory, kind }: { readonly directory: DataDirectory; readonly kind: NewKind },
): Promise<Changed<T>> {
  requireTrustedCa(system, dataDirectory);
  const store = kind.open(system, directory);
  if (!isPending(system, directory)) {
    // An interrupted change may become a waiting CA. Otherwise a session must not be opened.
    await recover(system, directory.site, { lockTimeout });
    requirePending(system, directory);
  }
  return await withSession(system, directory.site, {
    lockTimeout,
    work: async ({ recovery, commit }) => {
      requirePending(system, directory);
      requireNothingElse(system, directory, directory.paths.storeFile);
      const settlement = await work(store);
      const entries = await entriesFor(system, { directory, kind, settlement, actor });
      const { warnings } = await commit(entries);
      const more = "activation" in settlement ? await confirmed(system, dataDirectory, kind) : [];
      return { value: settlement.value, recovery, warnings: [...warnings, ...more] };
    },
  });
}

function isPending({ files }: System, { paths }: DataDirectory): boolean {
  const { key, root } = presenceOf(files, paths);
  return key && !root;
}

function requirePending(system: System, directory: DataDirectory): void {
  if (isPending(system, directory)) return;
  const { written, paths } = directory;
  throw presenceOf(system.files, paths).root
    ? new CaAlreadyInitializedError(written)
    : new CaNotInitializedError(written);
}

/** The certificate comes last: it marks the CA as complete. Then the request is of no more use. */
async function entriesFor(
  system: System,
  { directory, kind, settlement, actor }: {
    readonly directory: DataDirectory;
    readonly kind: NewKind;
    readonly settlement: Settlement<unknown>;
    readonly actor: string | undefined;
  },
): Promise<Entry[]> {
  const { paths } = directory;
  const removedRequest = await removed(system, paths.request, requestFileLimit);
  if ("isWithdrawn" in settlement) {
    return [
      ...removedRequest,
      ...await removed(system, paths.key, privateKeyFileLimit),
      ...await removed(system, paths.storeFile, privateKeyFileLimit),
    ];
  }
  const { certificate, chain } = settlement.activation;
  const create = (target: string, certificates: readonly Uint8Array[]): Entry =>
    newFile(system.files, directory, { target, content: encodeCertificates(certificates) });
  const lines = await new EventLog(system, actor).link(undefined, [
    { kind: "activate", certificate: await sha256Hex(certificate) },
  ]);
  return [
    ...await kind.firstFiles(system, directory, { certificate, past: noPast(1n), lines }),
    ...(chain.length === 0 ? [] : [create(paths.chain, chain)]),
    create(paths.certificate, [certificate]),
    ...removedRequest,
  ];
}

async function removed({ files }: System, target: string, limit: number): Promise<Entry[]> {
  if (statIfPresent(files, target) === undefined) return [];
  const old = await takeSnapshot(files, target, limit);
  return old === undefined ? [] : [{ kind: "remove", target, old: old.snapshot }];
}
