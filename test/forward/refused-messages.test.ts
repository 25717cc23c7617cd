import { expect, it } from 'vitest';
import { RefusedMessages } from '../../src/forward/refused-messages.js';

it('RESP-18 FWD-48 remembers the code of each message refused; beyond the bound the oldest is forgotten', () => {
  const refused = new RefusedMessages(2);
  expect(refused.any).toBe(false);
  expect(refused.codeOf('a')).toBeUndefined();
  refused.add('a', 413);
  refused.add('b', 415);
  expect(refused.any).toBe(true);
  expect(['a', 'b'].map((one) => refused.codeOf(one))).toEqual([413, 415]);
  refused.add('a', 481);
  refused.add('c', 413);
  expect(['a', 'b', 'c'].map((one) => refused.codeOf(one))).toEqual([481, undefined, 413]);
});
