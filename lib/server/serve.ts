/** `ca serve`: runs the servers of a CA until it is told to stop. */
import { type CaOptions, findCa } from "../ca/mod.ts";
import { proveKey } from "../ca/issue/mod.ts";
import { askEarlyIfPossible } from "../ca/key/mod.ts";
import type { CaSettings, ServeSettings } from "../ca/settings/mod.ts";
import type { CaStore } from "../ca/store/mod.ts";
import {
  addressText,
  CertswapError,
  type HttpServer,
  join,
  second,
  type System,
} from "../system/mod.ts";
import { webCryptoKeys } from "../x509/mod.ts";
import { adminRoutes, type AdminTerms, Counters } from "./admin/mod.ts";
import type { ServerContext, ServerTask } from "./context.ts";
import { type CrlState, crlTask } from "./crl/mod.ts";
import { NothingServedError } from "./errors.ts";
import type { OnServerEvent, ServerName } from "./event.ts";
import { startListener, stopAll } from "./listeners.ts";
import { OcspService } from "./ocsp/mod.ts";
import { publicationRoutes } from "./publication/mod.ts";
import { CaWatch } from "./watch/mod.ts";
import type { Route } from "./web/mod.ts";

/** How long running requests may take after a signal to stop, in milliseconds. */
const patience = 10 * second;

/** Options of {@linkcode serve}. */
export interface ServeOptions extends CaOptions {
  readonly settings: CaSettings;
  /** Reads them again, on SIGHUP. @throws CertswapError: the old ones stay. */
  readonly readSettings: () => Promise<CaSettings>;
  readonly onEvent: OnServerEvent;
}

/**
 * Serves a CA until SIGTERM or SIGINT. On SIGHUP, the settings are read again.
 *
 * @throws NothingServedError, ListenError, and the errors of reading the CA.
 */
export async function serve(system: System, options: ServeOptions): Promise<void> {
  const { settings, dataDirectory } = options;
  requireAddress(settings.serve, dataDirectory);
  const store = await findCa(system, options);
  const server = await Server.start(system, store, options);
  await server.untilStopped();
}

/** @throws NothingServedError */
function requireAddress({ est, http, admin }: ServeSettings, dataDirectory: string): void {
  if (est === undefined && http === undefined && admin === undefined) {
    throw new NothingServedError(join(dataDirectory, "ca.toml"));
  }
}

/** A running server. */
class Server {
  readonly #context: ServerContext;
  readonly #options: ServeOptions;
  readonly #crlState: CrlState = { lastRun: undefined, failure: undefined };
  readonly #admin: AdminTerms;
  readonly #ocsp: OcspService;
  readonly #listeners = new Map<ServerName, HttpServer>();
  #settings: CaSettings;
  #signFailure: CertswapError | undefined;

  private constructor(context: ServerContext, options: ServeOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#context = { ...context, settings: () => this.#settings };
    this.#ocsp = new OcspService(this.#context);
    this.#admin = {
      crlState: this.#crlState,
      ocsp: this.#ocsp,
      signFailure: () => this.#signFailure,
      connections: () =>
        [...this.#listeners.values()].reduce((sum, listener) => sum + listener.connections(), 0),
      startedAt: context.system.clock.now(),
    };
  }

  static async start(system: System, store: CaStore, options: ServeOptions): Promise<Server> {
    const { dataDirectory, lockTimeout, onEvent } = options;
    // A change of the CA ends at its own pace, regardless of signals: the server stops after it.
    const processes = { ...system.processes, onTermination: () => () => {} };
    const server = new Server({
      system: { ...system, processes },
      ca: { dataDirectory, lockTimeout, passphrase: await askEarlyIfPossible(store, options) },
      directory: system.files.realPath(dataDirectory),
      store,
      watch: await CaWatch.start(system, { store, onEvent }),
      settings: () => options.settings,
      counters: new Counters(),
      onEvent,
    }, options);
    await server.#tryKey();
    await server.#listen(options.settings);
    return server;
  }

  /** Whether the key can be opened. Without it, what is there is served, and nothing is signed. */
  async #tryKey(): Promise<void> {
    const { watch, onEvent, store, ca } = this.#context;
    try {
      await proveKey({ store, keys: webCryptoKeys, ...ca }, watch.view.hierarchy.root);
      this.#signFailure = undefined;
    } catch (error) {
      if (!(error instanceof CertswapError)) throw error;
      this.#signFailure = error;
      onEvent({ event: "cannot-sign", error });
    }
  }

  #routesOf(name: ServerName): readonly Route[] {
    switch (name) {
      case "http":
        return [...publicationRoutes(this.#context), ...this.#ocsp.routes];
      case "admin":
        return adminRoutes(this.#context, this.#admin);
      case "est":
        return [];
    }
  }

  /**
   * Starts the servers of the settings, and stops those that are no longer there. On a new address, a server
   * is started before the old one is stopped.
   *
   * @throws ListenError
   */
  async #listen({ serve }: CaSettings): Promise<void> {
    const { limits } = serve;
    const isSame = JSON.stringify(this.#settings.serve.limits) === JSON.stringify(limits);
    for (const name of ["est", "http", "admin"] as const) {
      const [address, running] = [serve[name], this.#listeners.get(name)];
      if (address === undefined) {
        this.#listeners.delete(name);
        await running?.stop(patience);
        continue;
      }
      const stays = running !== undefined &&
        addressText(running.address) === addressText(address);
      if (stays && isSame) continue;
      if (stays) await running.stop(patience);
      const terms = { name, address, routes: this.#routesOf(name), limits };
      this.#listeners.set(name, await startListener(this.#context, terms));
      if (!stays) await running?.stop(patience);
    }
  }

  /** Runs the tasks until a signal to stop, then ends everything. */
  async untilStopped(): Promise<void> {
    const { system, onEvent, watch } = this.#context;
    const controller = new AbortController();
    const { signal } = controller;
    const { promise: stopped, resolve } = Promise.withResolvers<void>();
    let reloading = Promise.resolve();
    const stopListening = system.processes.onServiceSignals({
      onStop(name) {
        onEvent({ event: "stopping", signal: name });
        resolve();
      },
      onReload: () => reloading = reloading.then(() => this.#reload()),
    });
    const tasks: readonly ServerTask[] = [
      (signal) => watch.run(signal),
      crlTask(this.#context, this.#crlState),
      this.#ocsp.task,
    ];
    const running = tasks.map((task) => task(signal));
    try {
      await Promise.race([stopped, ...running]);
    } finally {
      await stopAll(this.#listeners.values(), patience);
      controller.abort();
      stopListening();
      await reloading;
      // A defect of a task ends the server, so that it is started anew instead of running without it.
      await Promise.all(running);
    }
  }

  async #reload(): Promise<void> {
    const { onEvent } = this.#context;
    try {
      const settings = await this.#options.readSettings();
      requireAddress(settings.serve, this.#options.dataDirectory);
      await this.#listen(settings);
      this.#settings = settings;
      await this.#tryKey();
      onEvent({ event: "reloaded" });
    } catch (error) {
      if (!(error instanceof CertswapError)) throw error;
      onEvent({ event: "reload-failed", error });
    }
  }
}
