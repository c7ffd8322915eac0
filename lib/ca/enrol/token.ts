/** One-time secrets: their form, and what is kept of them. */
import { isSameDigest, present, type Random, sha256Hex } from "../../system/mod.ts";
import { areTexts, readEntry } from "./entry.ts";
import { BadEnrolmentEntryError } from "./errors.ts";

/** What is kept of a one-time secret. Times are RFC 3339, UTC, to the second. */
export interface Token {
  readonly id: string;
  /** SHA-256 of the secret, 64 lowercase hexadecimal digits. */
  readonly hash: string;
  /** The name of the profile of its certificate. */
  readonly profile: string;
  /** The only alternative names that it is for, as `formatGeneralName` has them; `undefined`: any. */
  readonly names: readonly string[] | undefined;
  readonly created: string;
  readonly createdBy: string;
  readonly expires: string;
  /** The certificate that it was used for; `undefined`: it was not used. */
  readonly use: TokenUse | undefined;
}

/** What a secret was used for. */
export interface TokenUse {
  /** SHA-256 of the SubjectPublicKeyInfo. */
  readonly key: string;
  readonly serial: string;
  readonly at: string;
}

/** 128 bits. */
const secretBytes = 16;
const idBytes = 4;

/** A new secret: `3f9a0c1e.q83hv...`, its id, and what is kept of it. It is shown once, and kept nowhere. */
export async function createSecret(
  random: Random,
): Promise<{ readonly id: string; readonly secret: string; readonly hash: string }> {
  const id = random.bytes(idBytes).toHex();
  const bytes = random.bytes(secretBytes);
  const secret = `${id}.${bytes.toBase64({ alphabet: "base64url", omitPadding: true })}`;
  bytes.fill(0);
  return { id, secret, hash: await hashOf(secret) };
}

/** The id in a secret; `undefined` if it has not the form of one. */
export function idOfSecret(secret: string): string | undefined {
  return /^(?<id>[0-9a-f]{8})\.[A-Za-z0-9_-]{22}$/.exec(secret)?.groups?.["id"];
}

async function hashOf(secret: string): Promise<string> {
  return await sha256Hex(new TextEncoder().encode(secret));
}

/** Whether a secret is the one of a token. Takes the same time for every wrong one. */
export async function isSecretOf(secret: string, { hash }: Pick<Token, "hash">): Promise<boolean> {
  return isSameDigest(await hashOf(secret), hash);
}

/** The text that a store keeps. */
export function tokenToText({ id: _id, ...token }: Token): string {
  return JSON.stringify(present(token));
}

/**
 * Reads the text that a store keeps.
 *
 * @throws BadEnrolmentEntryError
 */
export function tokenFromText(id: string, text: string): Token {
  const texts = ["hash", "profile", "created", "createdBy", "expires"] as const;
  const entry = readEntry({ id, text }, texts);
  const { names, use } = entry;
  if (!isNames(names) || !isUse(use)) throw new BadEnrolmentEntryError(id);
  return { ...entry as unknown as Omit<Token, "id">, id, names, use };
}

function isNames(names: unknown): names is Token["names"] {
  return names === undefined || areTexts(names);
}

function isUse(use: unknown): use is TokenUse | undefined {
  if (use === undefined) return true;
  const { key, serial, at } = (use ?? {}) as Record<string, unknown>;
  return areTexts([key, serial, at]);
}
