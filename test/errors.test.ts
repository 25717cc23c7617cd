import { describe, expect, it } from 'vitest';
import { RelayError, badOption, isRelayError, shown } from '../src/errors.js';

describe('RelayError', () => {
  it('carries code and details as data', () => {
    const cause = new Error('EADDRINUSE');
    const error = new RelayError('listen-failed', 'port 2855 is in use', { option: 'port', got: '2855', cause });
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('RelayError');
    expect(error.message).toBe('port 2855 is in use');
    expect(error).toMatchObject({ code: 'listen-failed', option: 'port', got: '2855', want: undefined });
    expect(error.cause).toBe(cause);
    expect('cause' in new RelayError('closed', 'the relay is closed')).toBe(false);
  });

  it('is recognised across copies of the library, and nothing else is', () => {
    const ofAnotherCopy = Object.assign(new Error('x'), { [Symbol.for('msrp-relay.RelayError')]: true });
    expect(isRelayError(new RelayError('closed', 'x'))).toBe(true);
    expect(isRelayError(ofAnotherCopy)).toBe(true);
    expect(isRelayError(new Error('x'))).toBe(false);
    expect(isRelayError(null)).toBe(false);
    expect(isRelayError('RelayError')).toBe(false);
  });
});

describe('badOption', () => {
  it('names option, what it got and what it wants', () => {
    const error = badOption('limits.maxHeaders', -1, 'a number of at least 1');
    expect(error.message).toBe('limits.maxHeaders must be a number of at least 1, got -1');
    expect(error).toMatchObject({
      code: 'bad-option',
      option: 'limits.maxHeaders',
      got: '-1',
      want: 'a number of at least 1',
    });
  });

  it.each([
    ['short', '"short"'],
    ['x'.repeat(41), `"${'x'.repeat(40)}…"`],
    ['\r\n', String.raw`"\r\n"`],
    ['\n-----BEGIN PRIVATE KEY-----\nMIIE', 'a PEM text'],
    [Buffer.from('-----BEGIN PRIVATE KEY-----'), 'octets'],
    [{ password: 'secret' }, 'an object'],
    [['secret'], 'an array'],
    [[], 'an empty array'],
    [() => 'secret', 'a function'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Number.NaN, 'NaN'],
    [5n, '5n'],
    [Symbol('s'), 'Symbol(s)'],
  ])('shows %o without giving it away', (value, text) => {
    expect(shown(value)).toBe(text);
  });
});
