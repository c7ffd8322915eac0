/** What is measured of a pair: its status, its urgency, the CA on this device, the last run of `rotate`. */
import { CertswapError, ifPresent, readFile, type System } from "../../system/mod.ts";
import {
  certificateFileLimit,
  crlFileLimit,
  readCrlFile,
  readSingleCertificateFile,
} from "../../x509/mod.ts";
import { type IssuerConfiguration, issuerKindOf } from "../issuer/mod.ts";
import { isFailing, renewalTimeOf, type Urgency, urgencyOf } from "../rotation/mod.ts";
import type { ConfiguredStatus, PairStatus } from "./status.ts";

/** How a run of `rotate` ended for one pair. */
export interface PairRun {
  readonly at: Date;
  /** What `rotate` would have exited with for this pair alone. */
  readonly exitCode: number;
  /** With what it could not write down, and so no later look knows of. */
  readonly urgency: Urgency;
  /** How many warnings it gave. */
  readonly warnings: number;
  /** The state could not be written: what the next run has to know is lost. */
  readonly isStateUnwritable: boolean;
}

/** When a CA on this device ends, and its CRL. What cannot be read is left out. */
export interface AuthorityTimes {
  readonly certificate?: { readonly notBefore: Date; readonly notAfter: Date } | undefined;
  readonly crl?:
    | { readonly thisUpdate: Date; readonly nextUpdate: Date | undefined }
    | undefined;
}

/** A pair as it is measured. */
export interface MeasuredPair {
  /** Its name in the configuration. */
  readonly name: string;
  /** `undefined`: the pair could not even be looked at. */
  readonly status?: PairStatus | undefined;
  readonly urgency: Urgency;
  /** When the active certificate comes up for renewal. */
  readonly renewalTime?: Date | undefined;
  /** Since when renewing it, or telling its service, has failed. */
  readonly failingSince?: Date | undefined;
  /** When the first of the certificates that the service sends expires. */
  readonly servedUntil?: Date | undefined;
  readonly authority?: AuthorityTimes | undefined;
  /** The run of `rotate` that is measured; `undefined`: it did not come to this pair, or there was none. */
  readonly run?: PairRun | undefined;
}

/** Measures every pair. Reads only. @param runs how this run of `rotate` ended, by the name of the pair. */
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
      run,
    };
  }));
}

async function outlookOf(
  { renewBefore, issuer }: ConfiguredStatus["configuration"],
  status: PairStatus | undefined,
): Promise<Pick<MeasuredPair, "urgency" | "renewalTime" | "failingSince" | "servedUntil">> {
  // Without a look at it nobody can say that the pair is usable.
  if (status === undefined) return { urgency: "critical" };
  const { active: { condition, served }, state, now } = status;
  const [leaf] = served;
  const renewalTime = leaf && await renewalTimeOf(leaf, renewBefore);
  const failing = isFailing(state);
  const { lastFailure } = state;
  return {
    urgency: urgencyOf({
      // A pair that is broken is of no use, however long its certificate may be valid.
      ...(condition === "valid" ? { notBefore: leaf?.notBefore, notAfter: leaf?.notAfter } : {}),
      renewalTime: issuer && renewalTime,
      now,
      failing,
      owedSince: state.owed?.since,
    }),
    renewalTime,
    failingSince: failing ? lastFailure?.since ?? lastFailure?.at : undefined,
    servedUntil: earliest(served.map(({ notAfter }) => notAfter)),
  };
}

function earliest(dates: readonly Date[]): Date | undefined {
  return dates.toSorted((a, b) => a.getTime() - b.getTime())[0];
}

/** Reads what CAs publish, each once: several pairs have the same, and its CRL may be long. */
function authorityReader(
  { files }: System,
): (issuer: IssuerConfiguration) => AuthorityTimes | undefined {
  const known = new Map<string, AuthorityTimes>();
  // A run that needs the CA reports what it cannot read.
  const read = <T>(
    path: string,
    limit: number,
    parse: (content: Uint8Array) => T,
  ): T | undefined => {
    try {
      const found = ifPresent(() => readFile(files, path, limit));
      return found && parse(found.content);
    } catch (error) {
      if (error instanceof CertswapError) return undefined;
      throw error;
    }
  };
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
