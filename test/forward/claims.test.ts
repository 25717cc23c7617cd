import { describe, expect, it } from 'vitest';
import { Claims } from '../../src/forward/claims.js';
import { parseUri, type MsrpUri } from '../../src/wire/uri.js';
import { FakeConnection } from '../support/fake-connection.js';
import { FakeSession } from '../support/fake-session.js';

const uri = (text: string): MsrpUri => parseUri(text)!;
const uf = uri('msrps://f.invalid:2855/f1;tcp');
const fs = [0, 1, 2, 3].map((i) => uri(`msrps://f.invalid:2855/f${i};tcp`));

describe("claims on peers' URIs", () => {
  it('FWD-13 are found by equal URIs, in the same session alone', () => {
    const claims = new Claims(4);
    const [session, other, f] = [new FakeSession(), new FakeSession(), new FakeConnection()];
    const claim = claims.learn(session, uf, f);
    expect(claims.find(session, uri('MSRPS://bob@F.Invalid:02855/f1;TCP'))).toBe(claim);
    expect(claim.connection).toBe(f);
    expect(claims.find(other, uf)).toBeUndefined();
    for (const text of [
      'msrps://f.invalid:2855/F1;tcp',
      'msrp://f.invalid:2855/f1;tcp',
      'msrps://f.invalid:2855/f1;ws',
      'msrps://f.invalid:2856/f1;tcp',
      'msrps://f.invalid:2855;tcp',
    ]) {
      // prettier-ignore
      expect(claims.find(session, uri(text))).toBeUndefined();
    }
  });

  it('R24 the first stands; when it has ended, another may claim', () => {
    const claims = new Claims(4);
    const [session, f, g] = [new FakeSession(), new FakeConnection(), new FakeConnection()];
    const first = claims.learn(session, uf, f);
    expect(claims.learn(session, uf, g)).toBe(first);
    first.end();
    expect(claims.find(session, uf)).toBeUndefined();
    expect(claims.learn(session, uf, g).connection).toBe(g);
    first.end();
    expect(claims.find(session, uf)?.connection).toBe(g);
  });

  it('R24 end with their connection, and with their session; nothing stays behind', () => {
    const claims = new Claims(4);
    const [session, f, g] = [new FakeSession(), new FakeConnection(), new FakeConnection()];
    claims.learn(session, fs[0]!, f);
    claims.learn(session, fs[1]!, f);
    claims.learn(session, fs[2]!, g);
    for (const dependent of [...f.dependents]) dependent.connectionEnded();
    expect(fs.map((one) => claims.find(session, one)?.connection)).toEqual([undefined, undefined, g, undefined]);
    session.end();
    expect(claims.find(session, fs[2]!)).toBeUndefined();
    expect([f, g].map(({ dependents }) => dependents.size)).toEqual([0, 0]);
    expect(session.dependents.size).toBe(0);
  });

  it('FWD-48 are bounded for each session: the oldest goes of the connection that has most', () => {
    const claims = new Claims(3);
    const [session, f, g] = [new FakeSession(), new FakeConnection(), new FakeConnection()];
    claims.learn(session, uf, g);
    for (const one of fs.filter(({ sessionId }) => sessionId !== 'f1')) claims.learn(session, one, f);
    expect(claims.find(session, uf)?.connection).toBe(g);
    expect(fs.map((one) => claims.find(session, one) !== undefined)).toEqual([false, true, true, true]);
    expect(f.dependents.size).toBe(2);
  });
});
