/** Compares a store with its copy, certificate by certificate. */
import { bytesEqual, readPem } from "../../../x509/mod.ts";
import { MoveDiffersError } from "../../errors.ts";
import type { CertificateDetails, DescribedRecord } from "../details.ts";
import type { StoreReader } from "../store.ts";

/** What to compare. */
export interface Comparison {
  readonly source: StoreReader;
  readonly copy: StoreReader;
  /** Called with the number of certificates compared so far. */
  readonly onDone: (done: number) => void;
}

/**
 * Checks that both have the same records, details and certificates in the same order.
 *
 * @returns how many there are.
 * @throws MoveDiffersError
 */
export async function compareStores({ source, copy, onDone }: Comparison): Promise<number> {
  const copied = eachOf(copy);
  let done = 0;
  for await (const { record, details } of eachOf(source)) {
    const { value, done: isEnd } = await copied.next();
    const { serial } = record;
    if (isEnd === true || !areEqual(value.record, record)) {
      throw new MoveDiffersError(`certificate ${serial}`);
    }
    if (!areEqual(sorted(value.details), sorted(details))) {
      throw new MoveDiffersError(`certificate ${serial}`);
    }
    if (details?.isLost !== true && !await haveSameCertificate(source, copy, serial)) {
      throw new MoveDiffersError(`certificate ${serial}`);
    }
    onDone(++done);
  }
  const { value, done: isEnd } = await copied.next();
  if (isEnd !== true) throw new MoveDiffersError(`certificate ${value.record.serial}`);
  return done;
}

/** Checks that both have the same lines in their histories. @throws MoveDiffersError */
export async function compareHistories(
  { source, copy }: Pick<Comparison, "source" | "copy">,
): Promise<void> {
  const copied = linesOf(copy);
  let number = 0;
  for await (const line of linesOf(source)) {
    number++;
    const { value } = await copied.next();
    if (value !== line) throw new MoveDiffersError(`entry ${number} of the history`);
  }
  const { done: isEnd } = await copied.next();
  if (isEnd !== true) throw new MoveDiffersError(`entry ${number + 1} of the history`);
}

async function* linesOf(store: StoreReader): AsyncGenerator<string, undefined> {
  for await (const page of store.history()) yield* page.map(({ text }) => text);
  return undefined;
}

async function* eachOf(store: StoreReader): AsyncGenerator<DescribedRecord, undefined> {
  for await (const page of store.describedPages()) yield* page;
  return undefined;
}

async function haveSameCertificate(
  source: StoreReader,
  copy: StoreReader,
  serial: string,
): Promise<boolean> {
  return bytesEqual(derOf(await source.certificate(serial)), derOf(await copy.certificate(serial)));
}

/** The first certificate in a PEM file, DER. */
export function derOf(pem: Uint8Array): Uint8Array<ArrayBuffer> {
  const [block] = readPem(pem, { limit: pem.length });
  return block?.der ?? new Uint8Array();
}

const areEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Without what is missing, in a fixed order. */
function sorted(details: CertificateDetails | undefined): readonly (readonly [string, unknown])[] {
  return Object.entries(details ?? {}).filter(([, value]) => value !== undefined && value !== false)
    .sort(([a], [b]) => a < b ? -1 : 1);
}
