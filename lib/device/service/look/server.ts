/** Runs a server probe: which certificate the service serves. */
import {
  attempt,
  CertswapError,
  type ClientIdentity,
  type FileSystem,
  present,
  sha256Hex,
  type System,
} from "../../../system/mod.ts";
import { type Certificate, formatName, readCertificate } from "../../../x509/mod.ts";
import { type OtherCertificate, ProbeFailedError } from "../errors.ts";
import type { KeyType, ServerProbe } from "../probe_kinds.ts";
import type { ExpectedPair, ProbeSight } from "../sight.ts";
import { identityFor } from "./identity.ts";
import type { LookOptions } from "./look.ts";

/**
 * Connects to the service, and compares its certificate with that of the pair.
 *
 * A server with one certificate for each key type shows the one that it prefers. So, unless the
 * configuration names a key type, a certificate of another type than the pair's is not the answer: the look
 * is repeated with only the pair's type.
 *
 * @throws InterruptedError
 */
export async function lookAtServer(
  system: System,
  probe: ServerProbe,
  options: LookOptions,
): Promise<ProbeSight> {
  const { expected: { loaded: { leaf } } } = options;
  const first = await lookFor(system, probe, { ...options, keyType: probe.keyType });
  const wanted = keyTypeOf(leaf);
  const isAnswer = first.sight.saw !== "another" || probe.keyType !== undefined ||
    wanted === undefined || first.keyType === wanted;
  if (isAnswer) return first.sight;
  const otherwise = { subject: first.sight.certificate?.subject, keyType: first.keyType };
  return (await lookFor(system, probe, { ...options, keyType: wanted, otherwise })).sight;
}

function keyTypeOf({ subjectPublicKeyInfo: { algorithm } }: Certificate): KeyType | undefined {
  switch (algorithm.kind) {
    case "rsa":
      return "rsa";
    case "ec":
      return "ecdsa";
    default:
      return undefined;
  }
}

/** The certificate that was seen, and its key type. */
interface Seen {
  readonly sight: ProbeSight;
  readonly keyType: KeyType | undefined;
}

async function lookFor(
  { files, network }: System,
  probe: ServerProbe,
  { expected, stopOr, timeLimit, keyType, otherwise }: LookOptions & {
    readonly keyType: KeyType | undefined;
    readonly otherwise?: OtherCertificate;
  },
): Promise<Seen> {
  const { host, port, serverName, startTls } = probe;
  const { identity, problem } = await identityOrProblem(files, probe, expected);
  const look = { timeLimit, startTls, keyType, identity };
  const { stage, certificate: der, error: cause } = await stopOr(
    network.lookAtServer({ host, port, serverName }, look),
  );
  if (der === undefined) {
    const seen = { stage, saw: "nothing" } as const;
    const error = new ProbeFailedError(probe, {
      ...seen,
      cause: problem ?? cause,
      ...present({ keyType, otherwise }),
    });
    return { sight: { ...seen, error }, keyType: undefined };
  }
  const served = await sha256Hex(der);
  const read = attempt(() => readCertificate(der));
  const certificate = read &&
    { subject: formatName(read.subject), serialNumber: read.serialNumber };
  const about = { fingerprint: served, ...present({ certificate }) };
  if (served === expected.fingerprint) {
    return { sight: { stage, saw: "expected", ...about }, keyType };
  }
  const seen = { stage, saw: "another" } as const;
  const error = new ProbeFailedError(probe, { ...seen, served, ...present({ certificate }) });
  return { sight: { ...seen, ...about, error }, keyType: read && keyTypeOf(read) };
}

/**
 * The client certificate to present. Most servers show their own certificate before they ask for it, so the
 * look is also made without one.
 */
async function identityOrProblem(
  files: FileSystem,
  { identity }: ServerProbe,
  { loaded }: ExpectedPair,
): Promise<{ readonly identity?: ClientIdentity | undefined; readonly problem?: CertswapError }> {
  try {
    return { identity: await identityFor(files, identity, loaded) };
  } catch (problem) {
    if (!(problem instanceof CertswapError)) throw problem;
    return { problem };
  }
}
