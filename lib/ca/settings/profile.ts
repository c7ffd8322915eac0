/** Chooses a profile, and what holds by it. */
import { UnknownProfileError, ValidityAboveMaximumError } from "./errors.ts";
import type { CaSettings, Profile, Rule } from "./settings.ts";

/**
 * The profile of this name.
 *
 * @param name the default profile if it is `undefined`.
 * @throws UnknownProfileError
 */
export function profileNamed({ profiles, defaults }: CaSettings, name?: string): Profile {
  const wanted = name ?? defaults.profile;
  const profile = profiles.get(wanted);
  if (profile === undefined) throw new UnknownProfileError(wanted, [...profiles.keys()]);
  return profile;
}

/** A rule of a profile, with its place. @param key within the table of the profile. */
export function ruleOf({ file }: CaSettings, { name, lines }: Profile, key: string): Rule {
  const line = Object.hasOwn(lines, key) ? lines[key] : undefined;
  const place = file === undefined || line === undefined ? undefined : { file, line };
  return { profile: name, key, place };
}

/**
 * The validity of a new certificate, in milliseconds.
 *
 * @param asked what the command was told; `undefined`: what the profile says.
 * @throws ValidityAboveMaximumError
 */
export function validityIn(
  settings: CaSettings,
  profile: Profile,
  asked: number | undefined,
): number {
  const { validity, maxValidity: maximum } = profile;
  if (asked === undefined) return validity;
  if (maximum !== undefined && asked > maximum) {
    const rule = ruleOf(settings, profile, "max_validity");
    throw new ValidityAboveMaximumError(rule, { validity: asked, maximum });
  }
  return asked;
}
