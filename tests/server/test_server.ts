/** The servers of a CA without a network: a context, and requests to its handlers. */
import { askEarlyIfPossible } from "../../lib/ca/key/mod.ts";
import { readSettings } from "../../lib/ca/settings/mod.ts";
import { openStore } from "../../lib/ca/store/mod.ts";
import { describe } from "../../lib/cli/messages/mod.ts";
import { Counters } from "../../lib/server/admin/mod.ts";
import type { ServerContext } from "../../lib/server/context.ts";
import type { ServerEvent } from "../../lib/server/event.ts";
import { handlerOf } from "../../lib/server/listeners.ts";
import { CaWatch } from "../../lib/server/watch/mod.ts";
import type { Route } from "../../lib/server/web/mod.ts";
import type { HttpHead, HttpResponse, System } from "../../lib/system/mod.ts";
import type { TestCa } from "../support/ca.ts";
import { testSystem, testTime } from "../support/test_world.ts";

/** A context for handlers, and what they have reported. */
export interface TestContext {
  readonly context: ServerContext;
  readonly events: ServerEvent[];
  /** The clock of the server: it stands still unless it is set. */
  readonly time: { now: Date };
}

/** The context of a server of this CA. */
export async function contextOf(
  ca: TestCa,
  doors: Partial<System> = {},
): Promise<TestContext> {
  const time = { now: testTime };
  const clock = { now: () => time.now, sleep: () => Promise.resolve() };
  const system = testSystem({ clock, ...doors });
  const events: ServerEvent[] = [];
  const onEvent = (event: ServerEvent): void => void events.push(event);
  const location = { dataDirectory: ca.dataDirectory };
  const store = await openStore(system, location);
  const settings = await readSettings(system, location);
  const context: ServerContext = {
    system,
    ca: { ...location, lockTimeout: 1000, passphrase: await askEarlyIfPossible(store, {}) },
    directory: ca.dataDirectory,
    store,
    watch: await CaWatch.start(system, { store, onEvent }),
    settings: () => settings,
    counters: new Counters(),
    onEvent,
    explain: (error) => describe(error).message,
  };
  return { context, events, time };
}

/** A request to a handler. */
export interface TestRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly client?: string;
  readonly certificates?: readonly Uint8Array<ArrayBuffer>[];
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** Asks the handler of routes, as the door to the network does. */
export type Ask = (path: string, request?: TestRequest) => Promise<HttpResponse>;

/** Asks the routes of one server. */
export function asking(context: ServerContext, routes: readonly Route[]): Ask {
  const { limits } = context.settings().serve;
  const handler = handlerOf(context, { name: "http", routes, limits });
  return async (path, request = {}) => {
    const { method = "GET", headers = {}, client = "192.0.2.1", certificates = [] } = request;
    const head: HttpHead = {
      method,
      path,
      client,
      certificates,
      header: (name) => Object.hasOwn(headers, name) ? headers[name] : undefined,
    };
    const { body: given = "" } = request;
    const body = typeof given === "string" ? new TextEncoder().encode(given) : given;
    const { bodyLimit, answer } = handler(head);
    if (body.length > bodyLimit) return { status: 413 };
    return await answer({ ...head, body });
  };
}

/** The body of a response as text. */
export function textOf({ body }: HttpResponse): string {
  return new TextDecoder().decode(body);
}
