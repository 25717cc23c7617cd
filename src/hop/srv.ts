/** One SRV record (RFC 2782). */
export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/**
 * The records in the order they shall be tried: by priority, lowest first; within one priority drawn by weight, each
 * draw without those already drawn (RFC 2782). Target `.` means that there is no such service; such records are left out.
 * `randomBelow(n)` gives an integer from 0 to n - 1.
 */
export function orderSrv(records: readonly SrvRecord[], randomBelow: (n: number) => number): SrvRecord[] {
  const services = records.filter((record) => record.name !== '.' && record.name !== '');
  const priorities = [...new Set(services.map((record) => record.priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    byWeight(
      services.filter((record) => record.priority === priority),
      randomBelow,
    ),
  );
}

function byWeight(records: readonly SrvRecord[], randomBelow: (n: number) => number): SrvRecord[] {
  // Weight 0 stands first, so that such a record is drawn only when the draw is 0.
  const left = [...records].sort((a, b) => Number(a.weight !== 0) - Number(b.weight !== 0));
  const order: SrvRecord[] = [];
  while (left.length > 0) {
    const draw = randomBelow(left.reduce((sum, record) => sum + record.weight, 0) + 1);
    let running = 0;
    const at = left.findIndex((record) => (running += record.weight) >= draw);
    order.push(...left.splice(at, 1));
  }
  return order;
}
