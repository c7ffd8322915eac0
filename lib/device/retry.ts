/** Every retry policy of a device: how often something is tried again, and how long to wait in between. */
import { day, hour, minute, second } from "../system/mod.ts";

/** The part of a length of time over which a fleet is spread. The rest is for failures. */
export const spread = 1 / 4;

/** What the waiting after failed attempts depends on. */
interface Backoff {
  /** From 1. */
  readonly attempts: number;
  /** How long before the end the renewal began, in milliseconds; `undefined`: there is no pair. */
  readonly period: number | undefined;
  /** The device's place in its fleet, from 0 to before 1. */
  readonly place: number;
  /** Whether the pair cannot wait: it expires soon, or cannot be used any more. */
  readonly isCritical: boolean;
}

/**
 * The longest wait for a pair that is critical, in milliseconds. Less than an hour: the runs of a timer are
 * not exactly an hour apart, and none of them must find that it is a moment too early.
 */
export const criticalPause = 50 * minute;

/**
 * How many milliseconds to wait after that many failed attempts: a quarter of an hour, doubled each time,
 * up to eight hours, or an eighth of the time that there was. For a critical pair never more than
 * {@linkcode criticalPause}, so that a repaired issuer is found within the hour.
 */
export function backoff({ attempts, period, place, isCritical }: Backoff): number {
  const ceiling = Math.min(isCritical ? criticalPause : 8 * hour, (period ?? Infinity) / 8);
  const doubled = 15 * minute * 2 ** Math.min(attempts - 1, 10);
  // Always somewhat less, never more: a run at each full hour must not find that it is a minute too early.
  return Math.min(doubled, ceiling) * (1 - spread * place);
}

/** How long an issuer that has not decided yet, or has failed, can have certswap wait, in milliseconds. */
export const issuerPause = { shortest: 5 * second, longest: day } as const;

/** Milliseconds between two probes of a service: short at first, for most have reloaded within them. */
export const probePause = { first: 100, longest: 2 * second } as const;

/**
 * How many milliseconds to wait before hooks are run again that have succeeded to no effect so many times: a
 * service that goes on with another certificate is not restarted at every run.
 */
export function hookPause(times: number): number {
  return Math.min(15 * minute * 2 ** Math.min(times - 1, 10), 8 * hour);
}

/** How often, and how far apart in milliseconds, one looks again at what a running change may explain. */
export const looksAgain = { count: 3, interval: 50 } as const;
