/** Reserves space for the issuer's answer before it is asked, so that a full disk wastes no certificate. */
import {
  CertswapError,
  type FileSystem,
  isSameFile,
  sha256Hex,
  statIfPresent,
  type System,
  writeAll,
} from "../../../system/mod.ts";
import { type Entry, takeSnapshot, withSession } from "../../../transaction/mod.ts";
import { certificateFileLimit, privateKeyFileLimit } from "../../../x509/mod.ts";
import type { PairConfiguration } from "../../configuration/mod.ts";
import { drop, firstAttributes, load, type LoadedPair, type Pair, put } from "../../pair/mod.ts";
import type { Rotation } from "../context.ts";
import { type CandidateRules, canWait, type Due, judgeCandidate } from "./candidate.ts";

/*
 * A new pair needs a dozen blocks until it is in place, and two or three afterwards. On a disk with fewer
 * free blocks, the issuer's answer would be lost, and requested again by the next run. So before the issuer
 * is asked, a file as large as the longest usual chain is created, with its blocks on the disk. The answer
 * is written over it, which needs no further block (on ext4, XFS and tmpfs; a file system that copies on
 * write may need some). It stays until the pair is in place, so the issuer is not asked again.
 */

/** Bytes. A chain of three certificates with RSA keys of 4096 bits has 7 KiB, with text 20 KiB. */
const room = 32 * 1024;

/** The limit for reading an answer, in bytes. */
const limit = certificateFileLimit + 1024;

/** The first line of an answer: SHA-256 and length of what follows. The rest of the file is unused. */
const header = /^sha256 (?<sum>[0-9a-f]{64}) (?<length>[0-9]{1,8})\n/;

/** The entries that reserve space for an answer. None if it is already reserved. */
export async function answerRoom(system: System, pair: Pair): Promise<Entry[]> {
  const { answer } = pair.requested;
  const stored = await takeSnapshot(system.files, answer, limit);
  if (stored !== undefined && stored.content.length >= room) return [];
  return put(answer, {
    content: new Uint8Array(room).fill("\n".charCodeAt(0)),
    old: stored,
    first: firstAttributes(system, pair, "answer"),
  });
}

/**
 * Writes an answer over the reserved space, durably. If that fails, the answer is used without being kept.
 *
 * Runs in a session, because the file was a target of an earlier transaction. If the removal of that journal
 * is not durable (an fsync failed), a power cut restores the journal, and recovery must find the content that
 * it names. The session makes the removal durable before anything is written.
 */
export async function keepAnswer(
  { system, pair, lockTimeout }: Pick<Rotation, "system" | "pair" | "lockTimeout">,
  chain: Uint8Array,
): Promise<void> {
  const { files } = system;
  const head = new TextEncoder().encode(`sha256 ${await sha256Hex(chain)} ${chain.length}\n`);
  try {
    await withSession(system, pair.site, {
      lockTimeout,
      work: () => {
        writeOver(files, pair.requested.answer, new Uint8Array([...head, ...chain]));
        return Promise.resolve();
      },
    });
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
  }
}

function writeOver(files: FileSystem, path: string, bytes: Uint8Array): void {
  const named = statIfPresent(files, path);
  if (named?.kind !== "file") return;
  const handle = files.openToWrite(path);
  try {
    // Do not follow a link that may have replaced the file meanwhile.
    if (!isSameFile(named, handle.stat())) return;
    writeAll(handle, bytes);
    handle.sync();
  } finally {
    handle.close();
  }
}

/** The entries that remove an answer. */
export async function dropAnswer(
  { files }: System,
  { requested: { answer } }: Pair,
): Promise<Entry[]> {
  return drop(answer, await takeSnapshot(files, answer, limit));
}

/** What a kept answer is validated against. */
type KeptRules = CandidateRules & Pick<PairConfiguration, "keyPolicy">;

/** The pair of a kept answer, if it is still usable, so that the issuer need not be asked again. */
export async function keptCandidate(
  { system, pair, built }: Pick<Rotation, "system" | "pair" | "built">,
  { active }: Due,
  rules: KeptRules,
): Promise<LoadedPair | undefined> {
  const { files } = system;
  const { answer, key } = pair.requested;
  const chain = await readAnswer(files, answer);
  if (chain === undefined) return undefined;
  const isKept = rules.keyPolicy === "keep" && active.condition === "sound";
  const keyContent = isKept
    ? active.loaded.keyContent
    : (await takeSnapshot(files, key, privateKeyFileLimit))?.content;
  if (keyContent === undefined) return undefined;
  try {
    const candidate = await load({ certificate: answer, key }, {
      certificate: chain,
      key: keyContent,
    });
    const { usableFrom } = await judgeCandidate(system, candidate, { ...rules, active });
    const now = system.clock.now();
    return usableFrom === undefined || canWait(active, usableFrom, { now, built })
      ? candidate
      : undefined;
  } catch (error) {
    // Expired, for an earlier request, or no longer as configured.
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}

/** The answer in its file. `undefined`: only reserved space, or a write that a power cut interrupted. */
async function readAnswer(files: FileSystem, path: string): Promise<Uint8Array | undefined> {
  const content = (await takeSnapshot(files, path, limit))?.content ?? new Uint8Array();
  const head = new TextDecoder().decode(content.subarray(0, 128));
  const { groups, 0: line = "" } = header.exec(head) ?? {};
  const chain = content.subarray(line.length, line.length + Number(groups?.["length"] ?? 0));
  return groups?.["sum"] === await sha256Hex(chain) ? chain.slice() : undefined;
}
