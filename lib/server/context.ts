/** What the handlers and tasks of a server share. */
import type { AskPassphrase } from "../ca/key/mod.ts";
import type { CaOptions } from "../ca/mod.ts";
import type { CaSettings } from "../ca/settings/mod.ts";
import type { CaStore } from "../ca/store/mod.ts";
import type { System } from "../system/mod.ts";
import type { Counters } from "./admin/mod.ts";
import type { OnServerEvent } from "./event.ts";
import type { CaWatch } from "./watch/mod.ts";

/** What the handlers and tasks of a server share. */
export interface ServerContext {
  /** Its processes ignore signals: the server itself decides when to stop. */
  readonly system: System;
  /** To open and change the CA. The passphrase is asked for once. */
  readonly ca: Pick<CaOptions, "dataDirectory" | "lockTimeout"> & {
    readonly passphrase: AskPassphrase;
  };
  /** The data directory, absolute, without links: the name of the CA in metrics. */
  readonly directory: string;
  readonly store: CaStore;
  readonly watch: CaWatch;
  /** The settings as they were read last: at the start, or on SIGHUP. */
  readonly settings: () => CaSettings;
  readonly counters: Counters;
  readonly onEvent: OnServerEvent;
  /** What a client is told about an error: one sentence. */
  readonly explain: (error: unknown) => string;
}

/** Something that a server does besides answering. It ends when the signal is raised. */
export type ServerTask = (signal: AbortSignal) => Promise<void>;
