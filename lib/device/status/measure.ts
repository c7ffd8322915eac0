/** Collects what metrics show: status and urgency of a pair, the local CA, the last run of `rotate`. */
import {
  CertswapError,
  type FileSystem,
  ifPresent,
  readFile,
  type System,
} from "../../system/mod.ts";
import {
  certificateFileLimit,
  crlFileLimit,
  readCertificateFile,
  readCrlFile,
  readSingleCertificateFile,
} from "../../x509/mod.ts";
import { type IssuerConfiguration, issuerKindOf } from "../issuer/mod.ts";
import { isFailing, renewalTimeOf, type Urgency, urgencyOf } from "../rotation/mod.ts";
import type { ConfiguredStatus, PairStatus } from "./status.ts";

/** How a run of `rotate` ended for one pair. */
export interface PairRun {
  readonly at: Date;
  /** The exit code of a `rotate` for this pair alone. */
  readonly exitCode: number;
  /** Includes failures that the run could not record, and that are not in the state for that reason. */
  readonly urgency: Urgency;
  /** The number of its warnings. */
  readonly warnings: number;
  /** The state could not be written, so the next run does not know about this one. */
  readonly isStateUnwritable: boolean;
}

/** The dates of a CA on this device, and of its CRL. Those that cannot be read are missing. */
export interface AuthorityTimes {
  readonly certificate?: { readonly notBefore: Date; readonly notAfter: Date } | undefined;
  readonly crl?:
    | { readonly thisUpdate: Date; readonly nextUpdate: Date | undefined }
    | undefined;
}

/** What is measured about a pair. */
export interface MeasuredPair {
  /** Its name in the configuration. */
  readonly name: string;
  /** `undefined`: the pair could not be examined. */
  readonly status?: PairStatus | undefined;
  readonly urgency: Urgency;
  /** When the active certificate is due for renewal. */
  readonly renewalTime?: Date | undefined;
  /** Since when renewing it, or telling its service, has failed. */
  readonly failingSince?: Date | undefined;
  /** When the first of the certificates that the service sends expires. */
  readonly servedUntil?: Date | undefined;
  readonly authority?: AuthorityTimes | undefined;
  /** The certificate that the device was made with, if its issuer uses one. */
  readonly bootstrap?: { readonly notAfter: Date } | undefined;
  /** The last run of `rotate`; `undefined`: there was none, or it did not reach this pair. */
  readonly run?: PairRun | undefined;
}

/** Measures every pair. Reads only. @param runs how this run of `rotate` ended, by name of the pair. */
export async function measurePairs(
  system: System,
  pairs: readonly ConfiguredStatus[],
  runs: ReadonlyMap<string, PairRun>,
): Promise<readonly MeasuredPair[]> {
  const readAuthority = authorityReader(system);
  return await Promise.all(pairs.map(async ({ name, configuration, status }) => {
    const { issuer } = configuration;
    const run = runs.get(name);
    const outlook = await outlookOf(configuration, status);
    return {
      name,
      status,
      ...outlook,
      urgency: run?.urgency ?? outlook.urgency,
      authority: issuer && readAuthority(issuer),
      bootstrap: issuer && readBootstrap(system, issuer),
      run,
    };
  }));
}

async function outlookOf(
  { renewBefore, issuer }: ConfiguredStatus["configuration"],
  status: PairStatus | undefined,
): Promise<Pick<MeasuredPair, "urgency" | "renewalTime" | "failingSince" | "servedUntil">> {
  // A pair that cannot be examined may be unusable.
  if (status === undefined) return { urgency: "critical" };
  const { active: { condition, served }, state, kept, now } = status;
  const [leaf] = served;
  const renewalTime = leaf && await renewalTimeOf(leaf, renewBefore);
  const isFailed = isFailing(state);
  const { lastFailure } = state;
  return {
    urgency: urgencyOf({
      // A broken pair is not usable, even if its certificate is valid.
      ...(condition === "valid" ? { notBefore: leaf?.notBefore, notAfter: leaf?.notAfter } : {}),
      renewalTime: issuer && renewalTime,
      now,
      failing: isFailed || kept?.reason === "refused",
      owedSince: state.owed?.since,
    }),
    renewalTime,
    failingSince: isFailed ? lastFailure?.since ?? lastFailure?.at : undefined,
    servedUntil: earliest(served.map(({ notAfter }) => notAfter)),
  };
}

function earliest(dates: readonly Date[]): Date | undefined {
  return dates.toSorted((a, b) => a.getTime() - b.getTime())[0];
}

function readBootstrap(
  { files }: System,
  issuer: IssuerConfiguration,
): MeasuredPair["bootstrap"] {
  const path = issuerKindOf(issuer).bootstrapFile?.(issuer);
  return path === undefined ? undefined : readQuietly(files, path, {
    limit: certificateFileLimit,
    parse: (content) => readCertificateFile(content).leaf,
  });
}

type Parse<T> = (content: Uint8Array) => T;

/** Errors are ignored: a run that needs the file will report them. */
function readQuietly<T>(
  files: FileSystem,
  path: string,
  { limit, parse }: { readonly limit: number; readonly parse: Parse<T> },
): T | undefined {
  try {
    const found = ifPresent(() => readFile(files, path, limit));
    return found && parse(found.content);
  } catch (error) {
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}

/** Reads the certificates and CRLs of CAs, each once: pairs may share a CA, and its CRL may be long. */
function authorityReader(
  { files }: System,
): (issuer: IssuerConfiguration) => AuthorityTimes | undefined {
  const known = new Map<string, AuthorityTimes>();
  const read = <T>(path: string, limit: number, parse: Parse<T>): T | undefined =>
    readQuietly(files, path, { limit, parse });
  return (issuer) => {
    const paths = issuerKindOf(issuer).authorityFiles?.(issuer);
    if (paths === undefined) return undefined;
    const times = known.get(paths.certificate) ?? {
      certificate: read(paths.certificate, certificateFileLimit, readSingleCertificateFile),
      crl: read(paths.crl, crlFileLimit, readCrlFile),
    };
    known.set(paths.certificate, times);
    return times;
  };
}
