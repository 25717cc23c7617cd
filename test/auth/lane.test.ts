import { expect, it } from 'vitest';
import { AuthLane } from '../../src/auth/lane.js';
import { FakeConnection } from '../support/fake-connection.js';

it('AUTH-38 a lane ends with its connection: nothing is undecided any more, what waits is dropped', () => {
  const connection = new FakeConnection();
  let over = 0;
  const lane = new AuthLane(connection, 8, () => over++);
  let done = (): void => undefined;
  const begun: string[] = [];
  lane.add((answered) => {
    begun.push('first');
    done = answered;
  });
  lane.add(() => begun.push('second'));
  expect([lane.undecided, lane.ended]).toEqual([true, false]);

  lane.connectionEnded();
  expect([lane.undecided, lane.ended]).toEqual([false, true]);
  lane.add(() => begun.push('third'));
  done();
  expect(begun).toEqual(['first']);
  expect([over, connection.dependents.size]).toEqual([1, 0]);
});
