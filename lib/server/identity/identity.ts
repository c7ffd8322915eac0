/** The server's certificate for TLS: where it comes from, and when it is replaced. */
import type { ServeIdentity } from "../../ca/settings/mod.ts";
import {
  CertswapError,
  formatTime,
  type HttpServer,
  minute,
  second,
  type ServerIdentity,
} from "../../system/mod.ts";
import { type Certificate, namesEqual } from "../../x509/mod.ts";
import type { ServerContext, ServerTask } from "../context.ts";
import { issuerOf } from "../issuer.ts";
import { readPair } from "./files.ts";
import { issueOwn } from "./own.ts";

/** How often to look whether the certificate has to be replaced, in milliseconds. */
const lookInterval = 10 * second;

/** How long to wait after a failure. */
const retryInterval = minute;

/** A pair, and its certificate. */
export interface LoadedIdentity {
  readonly identity: ServerIdentity;
  readonly certificate: Certificate;
}

/** Gets the pair that the settings name. @throws the errors of reading or issuing it. */
export async function loadIdentity(
  context: ServerContext,
  from: ServeIdentity,
): Promise<LoadedIdentity> {
  return from.from === "files"
    ? await readPair(context.system, from)
    : await issueOwn(context, from.names);
}

/** Whether half of a certificate's life is over. */
function isHalfOver({ notBefore, notAfter }: Certificate, now: Date): boolean {
  return now.getTime() > (notBefore.getTime() + notAfter.getTime()) / 2;
}

/** Whether the CA that issues now has issued a certificate: after a rollover, clients may know no other. */
function isOfIssuer(context: ServerContext, { issuer }: Certificate): boolean {
  return namesEqual(issuer, issuerOf(context).hierarchy.root.certificate.subject);
}

/** The pair of a server, which can be replaced while it runs. */
export interface IdentityHolder {
  /** `undefined`: there is none yet. */
  current: LoadedIdentity | undefined;
  /** Those that use it, as far as they run. */
  readonly servers: () => readonly HttpServer[];
}

/**
 * The task that replaces the server's pair: one that the CA itself issues after half of its life, one of
 * files as soon as they have changed. Connections go on with the old one.
 */
export function identityTask(context: ServerContext, holder: IdentityHolder): ServerTask {
  const { system: { clock } } = context;
  return async (signal) => {
    let wait = lookInterval;
    while (!signal.aborted) {
      await clock.sleep(wait, signal);
      if (signal.aborted) return;
      wait = await renewIfDue(context, holder) ? lookInterval : retryInterval;
    }
  };
}

/** @returns whether it did not fail. */
async function renewIfDue(context: ServerContext, holder: IdentityHolder): Promise<boolean> {
  const { system, settings } = context;
  const { identity: from } = settings().serve;
  const { current } = holder;
  if (from === undefined || current === undefined) return true;
  const isDue = from.from === "files" || isHalfOver(current.certificate, system.clock.now()) ||
    !isOfIssuer(context, current.certificate);
  return !isDue || await renewIdentity(context, holder);
}

/**
 * Gets the pair again, and uses it if it is another one. The old one stays if that fails.
 *
 * @returns whether it did not fail.
 */
export async function renewIdentity(
  context: ServerContext,
  holder: IdentityHolder,
): Promise<boolean> {
  const { settings, onEvent } = context;
  const { identity: from } = settings().serve;
  const { current } = holder;
  const servers = holder.servers();
  if (from === undefined || servers.length === 0 || current === undefined) return true;
  try {
    const next = await loadIdentity(context, from);
    if (next.identity.certificatePem === current.identity.certificatePem) return true;
    for (const server of servers) server.replaceIdentity(next.identity);
    holder.current = next;
    const { serialNumber: serial, notAfter } = next.certificate;
    onEvent({ event: "server-certificate", serial, notAfter: formatTime(notAfter) });
    return true;
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    onEvent({ event: "server-certificate-failed", error });
    return false;
  }
}
