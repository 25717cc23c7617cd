import { expect, it } from 'vitest';
import { statusText } from '../../src/wire/status.js';

it.each([
  [200, '200 OK'],
  [400, '400 Bad Request'],
  [401, '401 Unauthorized'],
  [403, '403 Forbidden'],
  [408, '408 Request Timeout'],
  [413, '413 Message Too Large'],
  [415, '415 Unsupported Media Type'],
  [423, '423 Interval Out of Bounds'],
  [481, '481 No Such Session'],
  [501, '501 Unknown Method'],
])('WIRE-35 %i has a default phrase', (code, text) => {
  expect(statusText(code).toString()).toBe(text);
});

it.each([
  [506, '506'],
  [299, '299'],
  [7, '007'],
])('WIRE-34 %i is no code of a relay and gets no phrase', (code, text) => {
  expect(statusText(code).toString()).toBe(text);
});

it('WIRE-34 a known text is made once', () => {
  expect(statusText(200)).toBe(statusText(200));
});
