/** What a move between stores needs of each kind of store. */
import type { System } from "../../../system/mod.ts";
import type { Entry } from "../../../transaction/mod.ts";
import type { BegunMove, DataDirectory } from "../files/mod.ts";
import type { ShardCrl, ShardTemplate } from "../shards/mod.ts";
import type { EnrolmentPatch, FormerCertificate, StoreReader } from "../store.ts";
import type { StoreName } from "../store_name.ts";

/** What a store has besides certificates. */
export interface RestOfStore {
  readonly nextSerial: bigint;
  readonly nextCrlNumber: bigint;
  readonly publishedCrl: bigint | undefined;
  /** The last CRL, DER, and those of the shards. */
  readonly crl: Uint8Array | undefined;
  readonly shardCrls: readonly ShardCrl[];
  readonly shardTemplates: readonly ShardTemplate[];
  readonly enrolments: readonly EnrolmentPatch[];
}

/** A new store beside the one in use. Nothing uses it before `store.json` names it. */
export interface Filling {
  /** Reads what was written so far. */
  readonly reader: StoreReader;
  /** Adds certificates, in the order of issue. */
  add(certificates: readonly FormerCertificate[]): Promise<void>;
  /** Adds lines of the history, without newlines. @param first the sequence number of the first one. */
  addHistory(lines: readonly string[], first: number): Promise<void>;
  /** Adds the rest. Everything is durable then. */
  complete(rest: RestOfStore): Promise<void>;
  /** What the change that switches to this store brings in. */
  entries(): Promise<readonly Entry[]>;
  /** Ends the work, whether the switch was made or not. */
  close(): Promise<void>;
}

/** A kind of store, for a move. The lock of the CA is held in every call. */
export interface MovableKind {
  /**
   * Begins a new store, and removes what an interrupted move has left of one.
   *
   * @throws OldStoreKeptError if an earlier move has kept a store of this kind.
   */
  fill(system: System, directory: DataDirectory, options: FillOptions): Promise<Filling>;
  /**
   * Whether {@linkcode retire} marks the store itself, before the change that switches: then `store.json`
   * says first that the move has begun.
   */
  readonly isMarkedFirst: boolean;
  /** Takes back {@linkcode retire}, if it was interrupted: the store is still the one in use. */
  restore(system: System, directory: DataDirectory, move: BegunMove | undefined): Promise<void>;
  /**
   * Marks the store as moved, in a way that every process sees that still uses it.
   *
   * @returns what the change that switches has to do besides.
   */
  retire(system: System, directory: DataDirectory, move: BegunMove): Promise<readonly Entry[]>;
  /** Reads what a move has kept; `undefined` if there is nothing. */
  openOld(system: System, directory: DataDirectory): Promise<OldStore | undefined>;
}

/** What a new store needs to know. */
export interface FillOptions {
  /** The CA's own certificate, DER. */
  readonly certificate: Uint8Array<ArrayBuffer>;
  /** The store in use. */
  readonly inUse: StoreName;
}

/** A store that is no longer in use. */
export interface OldStore {
  /** What it is called: `index.json.moved`. */
  readonly name: string;
  /** The serial numbers in it, formatted by `formatSerial`, a page at a time. */
  serials(): AsyncIterable<readonly string[]>;
  /** Removes it for good. Can be interrupted and called again. */
  remove(): Promise<void>;
}
