/** `certswap ca token list`: prints what is kept of one-time secrets. */
import { listTokens, type Token } from "../../../../ca/enrol/mod.ts";
import { formatTime } from "../../../../system/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  type DataDirectoryFlags,
} from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import { table, visible } from "../../../text.ts";
import type { World } from "../../../world.ts";

/** The flags of `certswap ca token list`. */
export interface ListFlags extends DataDirectoryFlags, CommonFlags {}

/** `certswap ca token list`. */
export default async function list(world: World, flags: ListFlags): Promise<Outcome> {
  const location = { dataDirectory: dataDirectory(world, flags) };
  const tokens = await listTokens(world.system, location);
  const now = formatTime(world.system.clock.now());
  return {
    json: {
      tokens: tokens.map((token) => {
        const { id, profile, names, created, createdBy, expires, use } = token;
        const serial = use?.serial;
        return {
          id,
          status: statusOf(token, now),
          profile,
          names,
          created,
          createdBy,
          expires,
          serial,
        };
      }),
    },
    lines: tokens.length === 0 ? ["No one-time secrets."] : table(
      [{ title: "ID" }, { title: "STATUS" }, { title: "EXPIRES" }, { title: "PROFILE" }, {
        title: "NAMES",
      }],
      tokens.map((token) => [
        token.id,
        statusOf(token, now) + (token.use === undefined ? "" : ` for ${token.use.serial}`),
        token.expires,
        visible(token.profile),
        token.names === undefined ? "any" : visible(token.names.join(", ")),
      ]),
    ),
  };
}

function statusOf({ use, expires }: Token, now: string): string {
  return use !== undefined ? "used" : expires < now ? "expired" : "unused";
}
