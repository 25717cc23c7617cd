/** Life of URIs, in whole seconds. */
export interface ExpiresSettings {
  /** Least and longest life: an AUTH that asks for another is answered 423 (AUTH-06, AUTH-07). Defaults 60 and 86 400. */
  readonly minS: number;
  readonly maxS: number;
  /** Life of a URI bound to a client's connection, and to a peer relay, if the AUTH asks for none. Defaults 86 400 and 3 600. */
  readonly clientDefaultS: number;
  readonly relayDefaultS: number;
}

export const defaultExpires: ExpiresSettings = {
  minS: 60,
  maxS: 86_400,
  clientDefaultS: 86_400,
  relayDefaultS: 3_600,
};

/** Seconds asked for, undefined if there is no Expires header; `malformed` is a 400 (AUTH-10). */
export function readExpires(value: string | undefined): number | 'malformed' | undefined {
  if (value === undefined) return undefined;
  // Any number of digits: beyond the exact integers it is too large in any case.
  return /^[0-9]+$/.test(value) ? Number(value) : 'malformed';
}

/** The header that tells a client the bound it broke; undefined: acceptable (R12). */
export function brokenBound(
  askedS: number,
  { minS, maxS }: ExpiresSettings,
): readonly ['Min-Expires' | 'Max-Expires', string] | undefined {
  if (askedS < minS) return ['Min-Expires', String(minS)];
  if (askedS > maxS) return ['Max-Expires', String(maxS)];
  return undefined;
}

/**
 * Value of the Expires header of a 200: what is left, in whole seconds (AUTH-11). The clock may have moved a little
 * between opening the session and answering; that is not to cost a second.
 */
export function remainingSeconds(expiresAtMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((expiresAtMs - nowMs + slackMs) / 1000));
}

const slackMs = 50;
