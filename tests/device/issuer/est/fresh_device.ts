import { describe } from "../../../../lib/cli/messages/mod.ts";
import type { EstIssuer } from "../../../../lib/device/issuer/est/mod.ts";
import type { RotationResult } from "../../../../lib/device/rotation/mod.ts";
import { SimulatedFileSystem } from "../../../simulation/model/simulated_file_system.ts";
import { EstService, serverCertificate, sessionWith } from "../../../support/est_service.ts";
import {
  commonSigner,
  configured,
  emptyDevice,
  RotationWorld,
} from "../../../support/rotation_world.ts";

/** Where the secret of a fresh device is. */
export const secretFile = "/etc/certswap/secret";

/** The EST issuer of a fresh device. */
export const estIssuerOf: EstIssuer = {
  kind: "est",
  server: { host: "ca.example", port: 443 },
  trust: "/trust.pem",
  username: "device",
  secretFile,
  timeLimit: 1000,
};

/** A device without a pair, and its EST server. */
export async function freshDevice(
  changes: Partial<EstIssuer> = {},
): Promise<{ readonly world: RotationWorld; readonly service: EstService }> {
  const signer = await commonSigner();
  const files = new SimulatedFileSystem(emptyDevice(signer, {
    "/etc/": {},
    "/etc/certswap/": {},
    [secretFile]: { content: "secret\n", attributes: { mode: 0o600 } },
  }));
  const world = new RotationWorld(signer, files);
  world.configuration = {
    ...configured,
    issuer: { ...estIssuerOf, ...changes },
    hooks: [],
    probes: [],
  };
  const service = new EstService(signer, () => world.now);
  const der = await serverCertificate(signer, { now: world.now });
  world.https = sessionWith(service, () => Promise.resolve([der]));
  return { world, service };
}

/** All messages of a result, with details and hints. */
export function messagesOf({ errors }: RotationResult): string {
  return errors.map((error) => {
    const { message, details = [], hint = "" } = describe(error);
    return [message, ...details, hint].join("\n");
  }).join("\n");
}
