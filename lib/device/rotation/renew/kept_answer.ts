/** Room on the disk for what an issuer gives, taken before it is asked: no full disk costs a certificate. */
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
 * A new pair takes a dozen blocks until it is in its place, and the pair itself two or three. On a disk with
 * fewer, what the issuer has given would be lost, and asked for again by the next run. So a file is made
 * before the issuer is asked, as large as a certificate chain may get, with its blocks on the disk. The
 * answer is written over it: that takes no block (on ext4, XFS and tmpfs; a file system that copies on write
 * may need some). It stays until the pair is in its place, and is not asked for again.
 */

/** Bytes: a chain of three certificates for RSA keys of 4096 bits is 7 KiB long, with text 20 KiB. */
const room = 32 * 1024;

/** The most that is read of an answer, in bytes. */
const limit = certificateFileLimit + 1024;

/** The first line of an answer: SHA-256 and length of what follows. What follows that has no meaning. */
const header = /^sha256 (?<sum>[0-9a-f]{64}) (?<length>[0-9]{1,8})\n/;

/** The entries that make room for an answer. None where it is there. */
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
 * Keeps an answer, durable, if there is room for it. A failure is not a reason to refuse the answer.
 *
 * In a session, because the file was a target of an earlier transaction: if the removal of that journal is not
 * durable (an fsync failed), a power cut brings it back, and recovery must find the content that it names. The
 * session makes the removal durable before anything is written.
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
    // Not through a link, whatever may have become of the name.
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

/** What a kept answer is held against. */
type KeptRules = CandidateRules & Pick<PairConfiguration, "keyPolicy">;

/** The pair of an answer that is kept, if it can still be used: the issuer need not be asked again. */
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
    // Expired, of an earlier request, or not what is configured by now.
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}

/** The answer in its file. `undefined`: nothing but room, or a power cut came while it was written. */
async function readAnswer(files: FileSystem, path: string): Promise<Uint8Array | undefined> {
  const content = (await takeSnapshot(files, path, limit))?.content ?? new Uint8Array();
  const head = new TextDecoder().decode(content.subarray(0, 128));
  const { groups, 0: line = "" } = header.exec(head) ?? {};
  const chain = content.subarray(line.length, line.length + Number(groups?.["length"] ?? 0));
  return groups?.["sum"] === await sha256Hex(chain) ? chain.slice() : undefined;
}
