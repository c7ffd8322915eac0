/** Lets only administrators use an admin address with TLS: by a password, or by a client certificate. */
import {
  CertswapError,
  type FileSystem,
  type HttpRequest,
  type HttpResponse,
  isSameDigest,
  readGivenFile,
  readSecretFile,
  SecretFileError,
  sha256Hex,
} from "../../system/mod.ts";
import {
  type Certificate,
  certificateFileLimit,
  ChainError,
  ifCertificate,
  purposeOid,
  readCertificateFile,
  verifyChain,
} from "../../x509/mod.ts";
import type { AdminLogin } from "../../ca/settings/mod.ts";
import type { ServerContext } from "../context.ts";
import { BadAdminCaError } from "../errors.ts";
import { basicSecret } from "../est/mod.ts";
import { RequestRate, textResponse, unavailable } from "../web/mod.ts";

/** How many wrong passwords an address may send in a minute. */
const wrongPerMinute = 10;

/** A file that the settings name cannot be used. */
class UnusableFileError extends Error {
  readonly path: string;
  override readonly cause: CertswapError;

  constructor(path: string, cause: CertswapError) {
    super(path, { cause });
    this.path = path;
    this.cause = cause;
  }
}

/** Judges who may read what is on the admin address. */
export class Administrators {
  readonly #context: Pick<ServerContext, "system" | "onEvent">;
  readonly #wrong: RequestRate;
  /** What is wrong with the files of the settings, by path: each is reported once. */
  readonly #reported = new Map<string, string>();

  constructor(context: Pick<ServerContext, "system" | "onEvent">) {
    this.#context = context;
    this.#wrong = new RequestRate(context.system.clock, wrongPerMinute);
  }

  /**
   * Judges a request. A file of the settings that cannot be used is logged once for each new cause.
   *
   * @returns the refusal; `undefined` if it comes from an administrator.
   */
  async refusalOf(request: HttpRequest, login: AdminLogin): Promise<HttpResponse | undefined> {
    try {
      return await this.#judge(request, login);
    } catch (error) {
      if (!(error instanceof UnusableFileError)) throw error;
      const { path, cause } = error;
      if (this.#reported.get(path) !== cause.message) {
        this.#reported.set(path, cause.message);
        this.#context.onEvent({ event: "cannot-check-login", error: cause });
      }
      return unavailable("The server cannot check logins at the moment. Try again later.");
    }
  }

  /** Uses a file of the settings. @throws UnusableFileError */
  async #using<T>(path: string, read: () => Promise<T>): Promise<T> {
    try {
      const value = await read();
      this.#reported.delete(path);
      return value;
    } catch (error) {
      if (!(error instanceof CertswapError)) throw error;
      throw new UnusableFileError(path, error);
    }
  }

  /** @throws UnusableFileError */
  async #judge(request: HttpRequest, login: AdminLogin): Promise<HttpResponse | undefined> {
    const { passwordFile, clientCa } = login;
    if (clientCa !== undefined && await this.#hasCertificate(request, clientCa)) return undefined;
    if (passwordFile === undefined) {
      return textResponse(403, "A client certificate from an administrators' CA is required.");
    }
    const { client } = request;
    if (!this.#wrong.isOpen(client)) {
      return textResponse(429, "Too many wrong passwords.", { "retry-after": "60" });
    }
    const given = basicSecret(request);
    if (given !== undefined) {
      if (await this.#isPassword(given, passwordFile)) return undefined;
      this.#wrong.take(client);
    }
    return textResponse(401, "Log in with the administrator password. Any user name is accepted.", {
      "www-authenticate": 'Basic realm="certswap", charset="UTF-8"',
    });
  }

  /** An empty password is none: a malformed field would be the same as it. @throws UnusableFileError */
  async #isPassword(given: string, path: string): Promise<boolean> {
    const place = { path, kind: "password" } as const;
    const password = await this.#using(path, async () => {
      const read = await readSecretFile(this.#context.system, place);
      if (read.length === 0) throw new SecretFileError(place, { reason: "empty" });
      return read;
    });
    return isSameDigest(
      await sha256Hex(new TextEncoder().encode(given)),
      await sha256Hex(password),
    );
  }

  /** By our own check, and of version 3: otherwise nothing shows that the client has the private key. */
  async #hasCertificate({ certificates }: HttpRequest, path: string): Promise<boolean> {
    const [leaf, ...others] = certificates.map(ifCertificate);
    if (leaf?.version !== 3 || leaf.basicConstraints?.ca === true) return false;
    const { files, clock } = this.#context.system;
    const authorities = await this.#using(path, () => readAuthorities(files, path));
    try {
      await verifyChain({
        leaf,
        intermediates: others.filter((other) => other !== undefined),
        anchors: authorities,
        at: clock.now(),
        purposes: [purposeOid.clientAuth],
      });
      return true;
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      return false;
    }
  }
}

/** The CA certificates of administrators. @throws BadAdminCaError */
async function readAuthorities(files: FileSystem, path: string): Promise<readonly Certificate[]> {
  try {
    const { content } = await readGivenFile(files, path, certificateFileLimit);
    const { leaf, chain } = readCertificateFile(content);
    return [leaf, ...chain];
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    throw new BadAdminCaError(path, { cause: error });
  }
}
