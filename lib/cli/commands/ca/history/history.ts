/** `certswap ca history`: prints the entries of a CA's history, or verifies it. */
import { type NamedEvent, readEvents, verifyHistory } from "../../../../ca/history/mod.ts";
import { findSerial } from "../../../../ca/inventory/mod.ts";
import { type EventKind, type HistoryEvent, toJson } from "../../../../ca/store/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  type DataDirectoryFlags,
} from "../../../declaration/mod.ts";
import { UsageError } from "../../../errors.ts";
import { exitCode } from "../../../exit_code.ts";
import { brokenLineText } from "../../../messages/mod.ts";
import type { Json, Outcome } from "../../../print/mod.ts";
import { counted, rows, visible } from "../../../text.ts";
import type { World } from "../../../world.ts";

/** The flags of `certswap ca history`. */
export interface HistoryFlags extends DataDirectoryFlags, CommonFlags {
  readonly serial?: string;
  readonly kind?: EventKind;
  /** RFC 3339, UTC, to the second. */
  readonly since?: string;
  readonly limit?: number;
  /** 64 lowercase hexadecimal digits. */
  readonly head?: string;
}

/** `certswap ca history`. @param words nothing, or `verify`. */
export default async function historyCommand(
  world: World,
  flags: HistoryFlags,
  ...words: string[]
): Promise<Outcome> {
  const [action, ...others] = words;
  if (others.length > 0 || (action !== undefined && action !== "verify")) {
    throw new UsageError([
      `unexpected argument '${others[0] ?? action}', expected nothing or 'verify'`,
    ]);
  }
  if (action === "verify") {
    const given = (["serial", "kind", "since", "limit"] as const)
      .find((flag) => flags[flag] !== undefined);
    if (given !== undefined) throw new UsageError([`--${given} cannot be used with 'verify'`]);
    return await verify(world, flags);
  }
  if (flags.head !== undefined) throw new UsageError(["--head needs 'verify'"]);
  return await show(world, flags);
}

async function show(world: World, flags: HistoryFlags): Promise<Outcome> {
  const { system, stdout } = world;
  const location = { dataDirectory: dataDirectory(world, flags) };
  const { kind, since, limit } = flags;
  const serial = flags.serial && await findSerial(system, location, flags.serial);
  const events: HistoryEvent[] = [];
  let count = 0;
  for await (const page of readEvents(system, { ...location, serial, kind, since, limit })) {
    count += page.length;
    // A history may have millions of entries: they are printed as they are read.
    if (flags.json) { for (const { event } of page) events.push(event); }
    else for (const named of page) stdout.write(`${lineOf(named)}\n`);
  }
  return {
    json: { events: events.map((event) => toJson(event) as { readonly [name: string]: Json }) },
    lines: count === 0 ? ["No entries."] : [],
  };
}

/** One line about an entry. */
function lineOf({ event, firstName }: NamedEvent): string {
  const { sequence, time, kind, actor, host } = event;
  const place = [String(sequence).padStart(6), time, kind.padEnd(9)].join("  ");
  return visible(
    `${place}  ${[whatOf(event, firstName), `by ${actor} on ${host}`].filter(Boolean).join(", ")}`,
  );
}

/** What an entry is about: only what it says, and the name of a certificate without a subject. */
function whatOf(event: HistoryEvent, firstName: string | undefined): string {
  const { serial, subject, profile, supersededBy, reason, number, shards } = event;
  const { records, from, to, encrypted, finding, name, request } = event;
  const parts = [
    serial,
    subject || firstName,
    profile && `profile ${profile}`,
    supersededBy && `by ${supersededBy}`,
    reason,
    number && `CRL ${number}`,
    shards && counted(shards.length, "shard"),
    records !== undefined && counted(records, "earlier certificate"),
    from && to && `from ${from} to ${to}`,
    from === undefined && to,
    encrypted !== undefined && (encrypted ? "encrypted" : "not encrypted"),
    finding,
    name,
    request && `request ${request}`,
  ];
  return parts.filter(Boolean).join(", ");
}

async function verify(world: World, flags: HistoryFlags): Promise<Outcome> {
  const location = { dataDirectory: dataDirectory(world, flags) };
  const { head: wanted } = flags;
  const { entries, head, broken, brokenCount, found } = await verifyHistory(world.system, {
    ...location,
    head: wanted,
  });
  const isMissing = wanted !== undefined && found === undefined;
  const isIntact = brokenCount === 0 && !isMissing;
  return {
    exit: isIntact ? exitCode.done : exitCode.failed,
    json: {
      intact: isIntact,
      entries,
      head: head?.hash ?? null,
      sequence: head?.sequence ?? null,
      broken: broken.map(({ place, reason }) => ({ place, reason })),
      broken_count: brokenCount,
      ...(wanted === undefined ? {} : { found: found ?? null }),
    },
    lines: [
      ...broken.map((line) => visible(`Broken: ${brokenLineText(line)}`)),
      ...(brokenCount > broken.length
        ? [`Broken: ${counted(brokenCount - broken.length, "more line")}`]
        : []),
      ...(isMissing
        ? [`Missing: the history has no entry with the hash ${wanted}: ${lostText}`]
        : []),
      head === undefined
        ? "No history yet: it begins with the next change."
        : brokenCount === 0
        ? "The chain of hashes is intact."
        : "The chain of hashes is broken: the history was changed, or is corrupt.",
      ...(head === undefined ? [] : rows([
        ["Entries", String(entries)],
        ["Head", head.hash],
        ...(found === undefined || wanted === undefined ? [] : [
          [
            "Given head",
            `entry ${found}, ${sinceText(head.sequence - found)}`,
          ] as const,
        ]),
      ])),
    ],
    notes: wanted === undefined && head !== undefined ? [unknownText] : [],
  };
}

const lostText = "it was rolled back or truncated, or it belongs to another CA";

const unknownText =
  "Without --head, a history that was rolled back or truncated looks intact. Keep the head on another " +
  "machine, and compare it.";

function sinceText(count: number): string {
  return `${count} ${count === 1 ? "entry" : "entries"} since`;
}
