/** Takes serial numbers for certificates, by the strategy in the settings of the CA. */
import type { Random } from "../../system/mod.ts";
import type { CaSettings } from "../settings/mod.ts";
import type { StoreChange } from "../store/mod.ts";
import type { Root } from "./authority.ts";
import { ownSerial } from "./chain.ts";

/** What serial numbers depend on. */
interface SerialTerms {
  readonly root: Root;
  readonly settings: Pick<CaSettings, "serial">;
  readonly random: Random;
}

/** Takes serial numbers. @throws as `StoreChange.takeSerials`. */
export async function takeSerials(
  change: StoreChange,
  count: number,
  { root, settings, random }: SerialTerms,
): Promise<readonly bigint[]> {
  const source = settings.serial === "random" ? random : undefined;
  return await change.takeSerials({ count, root: ownSerial(root), random: source });
}

/** Takes one serial number. @throws as `StoreChange.takeSerials`. */
export async function takeSerial(change: StoreChange, terms: SerialTerms): Promise<bigint> {
  const [serial] = await takeSerials(change, 1, terms);
  if (serial === undefined) throw new RangeError("no serial number was taken");
  return serial;
}
