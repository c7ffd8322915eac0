/** The EST server of a CA without a network, and devices that ask it. */
import assert from "node:assert/strict";
import { createToken } from "../../lib/ca/enrol/mod.ts";
import { decodeCertsOnly } from "../../lib/protocol/cms/mod.ts";
import { decodeBody } from "../../lib/protocol/est/mod.ts";
import { estRoutes } from "../../lib/server/est/mod.ts";
import { day, type HttpResponse } from "../../lib/system/mod.ts";
import { encodeAlternativeNames } from "../../lib/x509/name/alternative_names.ts";
import { encodeDistinguishedName } from "../../lib/x509/name/distinguished_name.ts";
import {
  type Bytes,
  type Certificate,
  createRequest,
  readCertificate,
  webCryptoKeys,
} from "../../lib/x509/mod.ts";
import { type TestCa, withCa } from "../support/ca.ts";
import { type Ask, asking, contextOf, type TestContext, textOf } from "./test_server.ts";

/** Where the paths of EST begin. */
export const base = "/.well-known/est";

/** A device: it makes requests with keys of its own. */
export interface Device {
  readonly request: (names?: string, subject?: string) => Promise<Bytes>;
  /** A new key for all further requests. */
  readonly newKey: () => Promise<void>;
}

/** A new device. */
export async function device(): Promise<Device> {
  let key = await webCryptoKeys.generate("ecdsa-p256");
  return {
    request: (names = "DNS:a.example", subject = "CN=a.example") =>
      createRequest({
        subject: encodeDistinguishedName(subject, "optional"),
        alternativeNames: encodeAlternativeNames(names),
      }, key),
    newKey: async () => void (key = await webCryptoKeys.generate("ecdsa-p256")),
  };
}

/** A server, and how to enrol with it. */
export interface TestEst extends TestContext {
  readonly ca: TestCa;
  readonly ask: Ask;
  readonly enrol: (request: Uint8Array, options?: EnrolOptions) => Promise<HttpResponse>;
  readonly token: (options?: { names?: string; profile?: string }) => Promise<string>;
}

interface EnrolOptions {
  readonly secret?: string;
  readonly user?: string;
  readonly certificate?: Certificate | undefined;
  /** What is sent after it. */
  readonly others?: readonly Certificate[];
  readonly operation?: string;
  readonly type?: string;
  readonly client?: string;
}

/** Runs `work` with the EST server of a new CA. */
export async function withEst(
  work: (est: TestEst) => Promise<void>,
  settings: string | ((ca: TestCa) => string) = "",
  doors: Parameters<typeof contextOf>[1] = {},
): Promise<void> {
  await withCa(async (ca) => {
    ca.write("ca.toml", typeof settings === "string" ? settings : settings(ca));
    await work(await estOf(ca, doors));
  });
}

/** The EST server of a CA. */
export async function estOf(
  ca: TestCa,
  doors: Parameters<typeof contextOf>[1] = {},
): Promise<TestEst> {
  const tested = await contextOf(ca, doors);
  const { context } = tested;
  const ask = asking(context, estRoutes(context));
  return {
    ...tested,
    ca,
    ask,
    enrol(request, options = {}) {
      const { secret, user = "device", certificate, others = [], client } = options;
      const { type = "application/pkcs10", operation = "simpleenroll" } = options;
      const basic = new TextEncoder().encode(`${user}:${secret}`).toBase64();
      return ask(`${base}/${operation}`, {
        method: "POST",
        headers: {
          "content-type": type,
          ...(secret === undefined ? {} : { authorization: `Basic ${basic}` }),
        },
        certificates: [certificate ?? [], others].flat().map(({ der }) => der),
        body: request.toBase64(),
        ...(client === undefined ? {} : { client }),
      });
    },
    async token({ names, profile } = {}) {
      const made = await createToken(context.system, {
        ...context.ca,
        names,
        profile,
        validity: day,
      });
      return made.secret;
    },
  };
}

/** The only certificate in an answer. */
export function issued(response: HttpResponse): Certificate {
  assert.equal(response.status, 200, textOf(response));
  assert.equal(response.headers?.["content-type"], "application/pkcs7-mime; smime-type=certs-only");
  const [first, ...others] = decodeCertsOnly(
    decodeBody(response.body ?? new Uint8Array(), "certificates"),
  );
  // RFC 7030 4.2.3: containing only the certificate that was issued.
  assert.equal(others.length, 0);
  return readCertificate(first ?? new Uint8Array());
}

/** The serial numbers in the index. */
export function serials(ca: TestCa): string[] {
  return JSON.parse(ca.read("index.json")).map(({ serial }: { serial: string }) => serial);
}
