/** `certswap ca list`: prints the issued certificates, as a table and as JSON. */
import {
  type CertificateStatus,
  type ListedCertificate,
  openList,
} from "../../../ca/inventory/mod.ts";
import { type CommonFlags, dataDirectory, type DataDirectoryFlags } from "../../declaration/mod.ts";
import { UsageError } from "../../errors.ts";
import { present } from "../../../system/mod.ts";
import { counted } from "../../text.ts";
import { type LongPage, type Outcome, outlookToJson, wouldRecover } from "../../print/mod.ts";
import type { World } from "../../world.ts";
import { listedToJson, listing } from "./inventory/mod.ts";

/** The flags of `certswap ca list`. */
export interface ListFlags extends DataDirectoryFlags, CommonFlags {
  readonly active: boolean;
  readonly expired: boolean;
  readonly revoked: boolean;
  /** Milliseconds. */
  readonly expiring?: number;
  readonly overdue: boolean;
  readonly name?: string;
  readonly subject?: string;
  readonly profile?: string;
  readonly limit?: number;
}

/** `certswap ca list`. */
export default async function listCommand(world: World, flags: ListFlags): Promise<Outcome> {
  const { expiring, overdue, name, subject, profile, limit } = flags;
  const all: readonly CertificateStatus[] = ["active", "expired", "revoked"];
  const statuses = new Set(all.filter((status) => flags[status]));
  const other = expiring === undefined ? [...statuses][0] : "expiring";
  if (overdue && other !== undefined) {
    throw new UsageError([`--overdue cannot be used with --${other}`]);
  }
  const selected = present({ expiring, name, subject, profile });
  const isFiltered = statuses.size > 0 || Object.keys(selected).length > 0;
  const { first, length, serialLength, pages, matching, outlook } = await openList(world.system, {
    dataDirectory: dataDirectory(world, flags),
    filter: { statuses, overdue, ...selected, limit },
    withDetails: flags.json,
    most,
  });
  const more = matching - length;
  const rest = { matching, recovery: outlookToJson(outlook) };
  const notes = [
    ...wouldRecover(outlook),
    ...(more === 0 ? [] : [`${counted(more, "more certificate")} not shown because of --limit`]),
  ];
  if (length > most) {
    const name = "certificates";
    return {
      json: rest,
      notes,
      lines: [],
      long: { name, pages: () => printed(pages(), serialLength) },
    };
  }
  return {
    json: { certificates: first.map(listedToJson), ...rest },
    notes,
    lines: length > 0 ? listing(first, { serialLength }) : [
      overdue && !isFiltered
        ? "No device is overdue."
        : isFiltered
        ? "No certificates match."
        : "No certificates issued.",
    ],
  };
}

/** A longer list is read once more and printed page by page. */
const most = 2000;

async function* printed(
  pages: AsyncIterable<readonly ListedCertificate[]>,
  serialLength: number,
): AsyncGenerator<LongPage> {
  let isFirst = true;
  for await (const page of pages) {
    const lines = listing(page, { serialLength, isContinued: !isFirst });
    yield { lines, json: page.map(listedToJson) };
    isFirst = false;
  }
}
