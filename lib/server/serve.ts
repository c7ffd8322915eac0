/** `ca serve`: runs the servers of a CA until it is told to stop. */
import { type CaOptions, findCa } from "../ca/mod.ts";
import { requireUsableAuthority } from "../ca/issue/mod.ts";
import { askEarlyIfPossible } from "../ca/key/mod.ts";
import type { CaSettings, ServeSettings } from "../ca/settings/mod.ts";
import type { CaStore } from "../ca/store/mod.ts";
import {
  addressText,
  CertswapError,
  type HttpServer,
  join,
  type ListenAddress,
  minute,
  second,
  type System,
} from "../system/mod.ts";
import { webCryptoKeys } from "../x509/mod.ts";
import { adminRoutes, type AdminTerms, Counters } from "./admin/mod.ts";
import type { ServerContext, ServerTask } from "./context.ts";
import { type CrlState, crlTask } from "./crl/mod.ts";
import { estRoutes, Fetches } from "./est/mod.ts";
import { NothingServedError } from "./errors.ts";
import type { OnServerEvent, ServerName } from "./event.ts";
import { type IdentityHolder, identityTask, loadIdentity, renewIdentity } from "./identity/mod.ts";
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
  /** See `ServerContext`. */
  readonly explain: (error: unknown) => string;
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

/** The servers that use TLS. */
function tlsServers({ est, admin, adminLogin }: ServeSettings): readonly ServerName[] {
  return [
    ...(est === undefined ? [] : ["est"] as const),
    ...(admin === undefined || adminLogin === undefined ? [] : ["admin"] as const),
  ];
}

/** A running server. */
class Server {
  readonly #context: ServerContext;
  readonly #options: ServeOptions;
  readonly #crlState: CrlState = { lastRun: undefined, failure: undefined };
  readonly #admin: AdminTerms;
  readonly #ocsp: OcspService;
  readonly #fetches: Fetches;
  readonly #listeners = new Map<ServerName, HttpServer>();
  #settings: CaSettings;
  #signFailure: CertswapError | undefined;
  readonly #holder: IdentityHolder = {
    current: undefined,
    servers: () =>
      tlsServers(this.#settings.serve).flatMap((name) => this.#listeners.get(name) ?? []),
  };

  private constructor(context: ServerContext, options: ServeOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#context = { ...context, settings: () => this.#settings };
    this.#ocsp = new OcspService(this.#context);
    this.#fetches = new Fetches(this.#context);
    this.#admin = {
      crlState: this.#crlState,
      ocsp: this.#ocsp,
      signFailure: () => this.#signFailure,
      isEstServed: () => this.#settings.serve.est === undefined || this.#listeners.has("est"),
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
      explain: options.explain,
    }, options);
    await server.#tryKey();
    await server.#listen(options.settings);
    return server;
  }

  /** Checks whether the CA can sign. If it cannot, what is there is served, and nothing is signed. */
  async #tryKey(): Promise<void> {
    const { system, watch, onEvent, store, ca } = this.#context;
    try {
      const { hierarchy: { root } } = watch.view;
      const now = system.clock.now();
      await requireUsableAuthority({ store, keys: webCryptoKeys, ...ca }, { root, now });
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
        return estRoutes(this.#context, this.#fetches);
    }
  }

  /**
   * Starts the servers of the settings, and stops those that are no longer there. On a new address, a server
   * is started before the old one is stopped. Without a certificate, the one for EST is left to a task: the
   * others must not wait for it.
   *
   * @throws ListenError
   */
  async #listen({ serve }: CaSettings): Promise<void> {
    const before = this.#settings.serve;
    const isSame = JSON.stringify(before.limits) === JSON.stringify(serve.limits) &&
      (before.adminLogin === undefined) === (serve.adminLogin === undefined);
    for (const name of ["http", "admin", "est"] as const) {
      const [address, running] = [serve[name], this.#listeners.get(name)];
      if (address === undefined) {
        this.#listeners.delete(name);
        await running?.stop(patience);
        continue;
      }
      const stays = running !== undefined &&
        addressText(running.address) === addressText(address);
      if (stays && isSame) continue;
      if (tlsServers(serve).includes(name) && !await this.#loadIdentity(serve)) continue;
      if (stays) await running.stop(patience);
      this.#listeners.set(name, await this.#start(name, address, serve));
      if (!stays) await running?.stop(patience);
    }
  }

  async #start(
    name: ServerName,
    address: ListenAddress,
    serve: ServeSettings,
  ): Promise<HttpServer> {
    const { limits } = serve;
    const identity = tlsServers(serve).includes(name) ? this.#holder.current?.identity : undefined;
    const routes = this.#routesOf(name);
    return await startListener(this.#context, { name, address, routes, limits, identity });
  }

  /** Gets the server's certificate, unless there is one. @returns whether there is one now. */
  async #loadIdentity({ identity }: ServeSettings): Promise<boolean> {
    if (this.#holder.current !== undefined) return true;
    if (identity === undefined) return false;
    try {
      this.#holder.current = await loadIdentity(this.#context, identity);
      return true;
    } catch (error) {
      if (!(error instanceof CertswapError)) throw error;
      this.#context.onEvent({ event: "server-certificate-failed", error });
      return false;
    }
  }

  /** Starts the servers with TLS as soon as there is a certificate for them. */
  async #tlsTask(signal: AbortSignal): Promise<void> {
    const { system: { clock } } = this.#context;
    while (!signal.aborted) {
      await clock.sleep(minute, signal);
      const { serve } = this.#settings;
      const missing = tlsServers(serve).filter((name) => !this.#listeners.has(name));
      if (signal.aborted || missing.length === 0) continue;
      await this.#tryKey();
      if (!await this.#loadIdentity(serve)) continue;
      for (const name of missing) {
        const address = serve[name];
        if (address !== undefined) await this.#startLate(name, address);
      }
    }
  }

  async #startLate(name: ServerName, address: ListenAddress): Promise<void> {
    try {
      this.#listeners.set(name, await this.#start(name, address, this.#settings.serve));
    } catch (error) {
      if (!(error instanceof CertswapError)) throw error;
      this.#context.onEvent({ event: "server-certificate-failed", error });
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
      this.#fetches.task,
      crlTask(this.#context, this.#crlState),
      this.#ocsp.task,
      identityTask(this.#context, this.#holder),
      (signal) => this.#tlsTask(signal),
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
      const before = this.#settings.serve.identity;
      const isSame = JSON.stringify(before) === JSON.stringify(settings.serve.identity);
      await this.#context.watch.reload();
      await this.#tryKey();
      await this.#listen(settings);
      this.#settings = settings;
      if (!isSame) await renewIdentity(this.#context, this.#holder);
      onEvent({ event: "reloaded" });
    } catch (error) {
      if (!(error instanceof CertswapError)) throw error;
      onEvent({ event: "reload-failed", error });
    }
  }
}
