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
import { RequestRate, textResponse } from "../web/mod.ts";

/** How many wrong passwords an address may send in a minute. */
const wrongPerMinute = 10;

/** Judges who may read what is on the admin address. */
export class Administrators {
  readonly #context: Pick<ServerContext, "system">;
  readonly #wrong: RequestRate;

  constructor(context: Pick<ServerContext, "system">) {
    this.#context = context;
    this.#wrong = new RequestRate(context.system.clock, wrongPerMinute);
  }

  /**
   * Judges a request.
   *
   * @returns the refusal; `undefined` if it comes from an administrator.
   * @throws the errors of reading the files that the settings name.
   */
  async refusalOf(request: HttpRequest, login: AdminLogin): Promise<HttpResponse | undefined> {
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

  /** @throws SecretFileError also for an empty password: a malformed field would be the same as it. */
  async #isPassword(given: string, path: string): Promise<boolean> {
    const place = { path, kind: "password" } as const;
    const password = await readSecretFile(this.#context.system, place);
    if (password.length === 0) throw new SecretFileError(place, { reason: "empty" });
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
    const authorities = await readAuthorities(files, path);
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
