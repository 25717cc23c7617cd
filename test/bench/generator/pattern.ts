/** Body octets of bulk messages repeat with this period, a prime: an octet out of place shows. */
const period = 65_521;
/** Longest slice at any place. */
export const sliceOctets = 65_536;

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .';

function make(): Buffer {
  const octets = Buffer.allocUnsafeSlow(period + sliceOctets);
  let state = 2_463_534_242;
  for (let i = 0; i < octets.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    octets[i] = i < period ? letters.charCodeAt((state >>> 8) & 63) : octets[i - period]!;
  }
  return octets;
}

const pattern = make();

/** The octets of a message from `position` (from 0) on. No line ends, no hyphens: nothing looks like an end-line. */
export function patternSlice(position: number, octets: number): Buffer {
  const at = position % period;
  return pattern.subarray(at, at + octets);
}

/** Are these the octets from `position` on? Looks at both ends and one in the middle. */
export function patternHolds(bytes: Buffer, start: number, end: number, position: number): boolean {
  const offset = position - start;
  const middle = (start + end) >> 1;
  return (
    bytes[start] === pattern[position % period] &&
    bytes[middle] === pattern[(offset + middle) % period] &&
    bytes[end - 1] === pattern[(offset + end - 1) % period]
  );
}
