/** The CA with which a server issues, and what it says to clients. */
import type { CaSettings } from "../ca/settings/mod.ts";
import type { CaStore, ChangeOptions, StoreChange } from "../ca/store/mod.ts";
import { type IssuingCa, requireIssuing, whileIssuing } from "../ca/succession/mod.ts";
import type { ServerContext } from "./context.ts";
import type { CaView } from "./watch/mod.ts";

/** The CA with which a server issues. */
export interface Issuer extends Pick<CaView, "hierarchy" | "previous"> {
  readonly ca: IssuingCa;
  readonly store: CaStore;
  readonly settings: CaSettings;
}

/** The CA with which a server issues now: the one that it serves, unless another one has replaced it. */
export function issuerOf({ ca, store, settings, watch: { view } }: ServerContext): Issuer {
  return view.successor ?? {
    ca: { dataDirectory: ca.dataDirectory, replaces: undefined },
    store,
    settings: settings(),
    hierarchy: view.hierarchy,
    previous: view.previous,
  };
}

/**
 * Does work with the CA that issues; again if another one does so meanwhile.
 *
 * @param work throws IssuerChangedError in that case: {@linkcode changeOf} does.
 */
export async function withIssuer<T>(
  context: ServerContext,
  work: (issuer: Issuer) => Promise<T>,
): Promise<T> {
  return await whileIssuing(async (attempt) => {
    if (attempt > 1) await context.watch.refresh();
    return issuerOf(context);
  }, work);
}

/** Options of a change that are only made if the CA still issues. @throws IssuerChangedError */
export function changeOf<T>(
  { system, ca: { lockTimeout } }: ServerContext,
  { ca }: Issuer,
  work: (change: StoreChange) => Promise<T>,
): ChangeOptions<T> {
  return {
    lockTimeout,
    async work(change) {
      await requireIssuing(system, change, ca);
      return await work(change);
    },
  };
}
