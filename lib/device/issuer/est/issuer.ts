/** Asks an EST server for certificates (RFC 7030): first enrolment, re-enrolment, and their ways back. */
import {
  anyRequest,
  decodeBody,
  decodeCsrAttributes,
  encodeBody,
  estContentType,
  issuedFor,
  readCertificates,
  readTemplate,
  type RequestTemplate,
} from "../../../protocol/est/mod.ts";
import { CertswapError, type System } from "../../../system/mod.ts";
import {
  type Certificate,
  certificatesEqual,
  isValidAt,
  type PublicKey,
  readPem,
  requestFileLimit,
  verifyChain,
  writePemBlocks,
} from "../../../x509/mod.ts";
import { loadAnchors, type LoadedPair, loadPair } from "../../pair/mod.ts";
import { untilStopped } from "../../service/mod.ts";
import type { Asker, Issuer, IssuerAnswer } from "../issuer.ts";
import { reading, retryAfterOf } from "./answer.ts";
import { caCertificates } from "./ca_certificates.ts";
import { crossCertificatesFor } from "./cross_certificates.ts";
import { EstClient, identityOf, type Proof } from "./client.ts";
import type { EstIssuer } from "./configuration.ts";
import { EstNoCredentialsError, EstRefusedError, EstWishError } from "./errors.ts";
import { isMarked, markSecret, readEnrolmentSecret, type SecretMark } from "./secret.ts";

/** How long to wait if a server answers 202 without saying: the next run asks again. */
const noPause = 0;

/** Opens an issuer `est`. */
export function estIssuer(system: System, issuer: EstIssuer): Issuer {
  let opened: Opened | undefined;
  return {
    async prepare(asker) {
      const { first, mark } = opened = await open(system, issuer, asker);
      // Slow by design, and on another thread: meanwhile the server is asked.
      const secret = mark();
      const template = await untilStopped(system, (stopOr) => stopOr(templateOf(first)));
      return {
        template,
        secret: await secret,
        refuse: (wish) => new EstWishError(first.url, wish),
      };
    },
    async ask({ request, publicKey, keepsIdentity }) {
      const ready = opened;
      if (ready === undefined) throw new TypeError("asked without being prepared");
      const [{ der }] = readPem(request, { limit: requestFileLimit });
      const question = { body: encodeBody(der), publicKey, keepsIdentity };
      return await untilStopped(system, (stopOr) => stopOr(ready.ask(question)));
    },
    close: () => opened?.close(),
  };
}

/** A request as it is sent. */
interface Question {
  readonly body: Uint8Array;
  readonly publicKey: PublicKey;
  readonly keepsIdentity: boolean;
}

/** The clients of one attempt: the first is used, and the others only if it is refused. */
interface Opened {
  readonly first: EstClient;
  /** Marks the secret that will be sent as the last resort. */
  readonly mark: () => Promise<SecretMark | undefined>;
  ask(question: Question): Promise<IssuerAnswer>;
  close(): void;
}

async function open(system: System, issuer: EstIssuer, asker: Asker): Promise<Opened> {
  const anchors = loadAnchors(system.files, issuer.trust).anchors ?? [];
  const { proofs, secret, lack } = await proofsFor(system, issuer, asker);
  const [first, ...others] = proofs.map((proof) =>
    new EstClient(system, issuer, { anchors, proof })
  );
  if (first === undefined) throw new EstNoCredentialsError({ ...lack, refused: undefined });
  const clients = [first, ...others];
  return {
    first,
    mark: async () => secret && await markSecret(system, secret),
    ask: (question) => askEach(system, clients, { ...question, anchors, lack }),
    close: () => {
      for (const client of clients) client.close();
    },
  };
}

/** What is missing for an enrolment without the active pair. */
type Lack = Pick<EstNoCredentialsError, "reason" | "secretFile">;

/** The proofs that a device has, the best one first. */
interface Proofs {
  readonly proofs: readonly Proof[];
  readonly secret: Uint8Array | undefined;
  readonly lack: Lack;
}

/**
 * The active pair, even if it has expired: a server may accept it. After it, or without it,
 * the device starts again: with the pair that it was made with, or with a secret. If the server has refused
 * a pair that has not expired, only a new secret is left: an operator has to want that.
 *
 * @throws the refusal, if there is no new secret.
 */
async function proofsFor(
  system: System,
  issuer: EstIssuer,
  { current, usedSecret, refused }: Asker,
): Promise<Proofs> {
  const lack = { reason: "none", secretFile: undefined } as const;
  if (refused !== undefined) {
    const found = await secretOf(system, issuer, usedSecret);
    if ("reason" in found) throw refused;
    return { proofs: [found.proof], secret: found.secret, lack };
  }
  const own = current === undefined ? [] : [proofOf("pair", current)];
  const isCurrent = current !== undefined && isValidAt(current.leaf, system.clock.now());
  if (isCurrent) return { proofs: own, secret: undefined, lack };
  const { bootstrap } = issuer;
  if (bootstrap !== undefined) {
    const birth = proofOf("bootstrap", await loadPair(system.files, bootstrap));
    return { proofs: [...own, birth], secret: undefined, lack };
  }
  const found = await secretOf(system, issuer, usedSecret);
  return "reason" in found
    ? { proofs: own, secret: undefined, lack: found }
    : { proofs: [...own, found.proof], secret: found.secret, lack };
}

function proofOf(credentials: Proof["credentials"], pair: LoadedPair): Proof {
  return { credentials, identity: identityOf(pair) };
}

async function secretOf(
  system: System,
  { secretFile, username = "" }: EstIssuer,
  usedSecret: SecretMark | undefined,
): Promise<{ readonly proof: Proof; readonly secret: Uint8Array } | Lack> {
  if (secretFile === undefined) return { reason: "none", secretFile };
  const secret = await readEnrolmentSecret(system, secretFile);
  const isUsed = usedSecret !== undefined && (secret === undefined ||
    await isMarked(secret, usedSecret));
  if (isUsed) return { reason: "secret-used", secretFile };
  if (secret === undefined) return { reason: "secret-missing", secretFile };
  // RFC 7617 2: user-id, colon, password.
  const pair = new Uint8Array([...new TextEncoder().encode(`${username}:`), ...secret]);
  const proof: Proof = {
    credentials: "secret",
    authorization: `Basic ${pair.toBase64()}`,
    secrets: [new TextDecoder().decode(secret)],
  };
  return { proof, secret };
}

/**
 * What the server wants in requests. Servers without wishes answer 204 or 404 (RFC 7030 4.5.2), or 501 if
 * they do not know the operation.
 */
async function templateOf(client: EstClient): Promise<RequestTemplate> {
  const operation = "csrattrs";
  const answer = await client.get(operation);
  if ([204, 404, 501].includes(answer.status)) return anyRequest;
  if (answer.status !== 200) throw client.failure(operation, answer);
  // RFC 8951 5 (and servers with nothing to say): no content.
  if (answer.body.length === 0) return anyRequest;
  return await reading({ url: client.url, operation, answer }, () => {
    return readTemplate(decodeCsrAttributes(decodeBody(answer.body, "attributes")));
  });
}

/** What an answer is read with. */
interface AskOptions extends Question {
  readonly anchors: readonly Certificate[];
  readonly lack: Lack;
}

/** Asks with one proof after the other, as long as the server refuses who asks. */
async function askEach(
  system: System,
  [client, ...others]: readonly EstClient[],
  options: AskOptions,
): Promise<IssuerAnswer> {
  if (client === undefined) throw new TypeError("nothing to ask with");
  try {
    return await askOnce(system, client, options);
  } catch (refused) {
    if (!(refused instanceof EstRefusedError)) throw refused;
    if (others.length > 0) return await askEach(system, others, options);
    const { lack } = options;
    // An expired pair that the server refuses needs a way back.
    throw refused.credentials === "pair" && lack.reason !== "none"
      ? new EstNoCredentialsError({ ...lack, refused })
      : refused;
  }
}

async function askOnce(
  system: System,
  client: EstClient,
  { body, publicKey, keepsIdentity, anchors }: AskOptions,
): Promise<IssuerAnswer> {
  // RFC 7030 4.2.2: re-enrolment keeps subject and alternative names.
  const operation = client.proof.credentials === "pair" && keepsIdentity
    ? "simplereenroll"
    : "simpleenroll";
  const answer = await client.post(operation, { body, contentType: estContentType.request });
  if (answer.status === 202) {
    const retryAfter = retryAfterOf(answer, system.clock.now()) ?? noPause;
    return { kind: "pending", retryAfter, warnings: [] };
  }
  if (answer.status !== 200) throw client.failure(operation, answer);
  let known: readonly Certificate[] | undefined;
  const served = async (): Promise<readonly Certificate[]> =>
    known ??= await servedCertificates(client);
  const now = system.clock.now();
  const { leaf, chain } = await reading({ url: client.url, operation, answer }, async () => {
    const certificates = readCertificates(answer.body);
    const found = await issuedFor(publicKey.der, certificates);
    if (await trustedPath(found.leaf, found.chain, { anchors, now }) !== undefined) return found;
    // RFC 7030 4.2.3: the answer may hold the certificate alone. Of the CA's certificates, those are taken
    // that lead to a trusted root: not to one that has replaced it, if that is not trusted yet.
    const all = [...certificates, ...await served()];
    const path = await trustedPath(found.leaf, all, { anchors, now });
    if (path !== undefined) return { leaf: found.leaf, chain: path.slice(1, -1) };
    return await issuedFor(publicKey.der, certificates, await served());
  });
  // With a single root there can be none, and the server is not asked.
  const root = anchors.length > 1
    ? (await trustedPath(leaf, chain, { anchors, now }))?.at(-1)
    : undefined;
  const crosses = root === undefined
    ? []
    : await crossCertificatesFor({ leaf, root, anchors, served: await served() });
  const added = crosses.filter((one) => !chain.some((other) => certificatesEqual(one, other)));
  const blocks = [leaf, ...chain, ...added].map(({ der }) => ({ label: "CERTIFICATE", der }));
  return { kind: "issued", chain: writePemBlocks(blocks), warnings: [] };
}

/**
 * A path from a certificate to a trust anchor; `undefined` if there is none. What else may be wrong with it
 * is judged later.
 */
async function trustedPath(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  { anchors, now }: { readonly anchors: readonly Certificate[]; readonly now: Date },
): Promise<readonly Certificate[] | undefined> {
  // A device's clock may be wrong. And a cross-certificate may be younger than the start of a leaf.
  for (const at of [leaf.notBefore, now]) {
    try {
      return await verifyChain({ leaf, intermediates, anchors, at, purposes: undefined });
    } catch (error) {
      if (!(error instanceof CertswapError)) throw error;
    }
  }
  return undefined;
}

/** The CA's certificates, to complete a chain; none if the server does not give them. */
async function servedCertificates(client: EstClient): Promise<readonly Certificate[]> {
  try {
    return await caCertificates(client);
  } catch (error) {
    if (error instanceof CertswapError) return [];
    throw error;
  }
}
