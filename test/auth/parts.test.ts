import { describe, expect, it } from 'vitest';
import { brokenBound, defaultExpires, readExpires, remainingSeconds } from '../../src/auth/expires.js';
import { RemoteAuthFailures } from '../../src/auth/failures.js';
import { tokenUri, usePath } from '../../src/auth/use-path.js';

describe('Expires', () => {
  it('AUTH-10 is a run of digits, of any length', () => {
    expect(readExpires(undefined)).toBeUndefined();
    expect(['0', '060', '9'.repeat(30)].map(readExpires)).toEqual([0, 60, 1e30]);
    expect(['', ' 1', '1.0', '-1', '+1', '1e3', '０'].map(readExpires)).toEqual(Array(7).fill('malformed'));
  });

  it('defaults: 60, 86400, 86400 s for clients, 3600 s for relays', () => {
    expect(defaultExpires).toEqual({ minS: 60, maxS: 86400, clientDefaultS: 86400, relayDefaultS: 3600 });
    expect(brokenBound(59, defaultExpires)).toEqual(['Min-Expires', '60']);
    expect(brokenBound(60, defaultExpires)).toBeUndefined();
    expect(brokenBound(86400, defaultExpires)).toBeUndefined();
    expect(brokenBound(86401, defaultExpires)).toEqual(['Max-Expires', '86400']);
  });

  it('AUTH-11 what is left is told in whole seconds', () => {
    expect(remainingSeconds(61_000, 1_000)).toBe(60);
    expect(remainingSeconds(61_000, 1_010)).toBe(60);
    expect(remainingSeconds(61_000, 1_500)).toBe(59);
    expect(remainingSeconds(1_000, 2_000)).toBe(0);
  });
});

describe('Use-Path', () => {
  it('AUTH-13 AUTH-14 the URI of a token', () => {
    expect(tokenUri({ host: 'relay.example', port: 2855 }, 'abc')).toBe('msrps://relay.example:2855/abc;tcp');
  });

  it('AUTH-18 AUTH-19 in the order of the client', () => {
    expect(usePath(['U_C'], 'T')).toBe('T');
    expect(usePath(['V_X', 'U_C'], 'T')).toBe('V_X T');
    expect(usePath(['V_Y', 'V_X', 'U_C'], 'T')).toBe('V_X V_Y T');
  });
});

describe('failures of forwarded AUTHs', () => {
  it('AUTH-31 counts per destination, and from the start after a success', () => {
    const failures = new RemoteAuthFailures(64);
    expect(['x', 'x', 'y', 'x'].map((destination) => failures.failed(destination))).toEqual([1, 2, 1, 3]);
    failures.succeeded('x');
    expect(failures.failed('x')).toBe(1);
    expect(failures.failed('y')).toBe(2);
  });

  it('FWD-48 forgets the destination that failed longest ago', () => {
    const failures = new RemoteAuthFailures(2);
    for (const destination of ['x', 'y', 'x', 'z']) failures.failed(destination);
    expect(failures.failed('x')).toBe(3);
    expect(failures.failed('y')).toBe(1);
    expect(failures.failed('z')).toBe(1);
  });
});
