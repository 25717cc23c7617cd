/** Random letters of a transaction id (4 bits each: 96 bits), before those that name its slot. */
export const tidRandomLetters = 24;

/** Copies an id of ours: letters only, so that as doubles they are plain numbers and keep all their bits. */
export function copyTid(from: DataView, start: number, into: DataView, at: number): void {
  into.setFloat64(at, from.getFloat64(start, true), true);
  into.setFloat64(at + 8, from.getFloat64(start + 8, true), true);
  into.setFloat64(at + 16, from.getFloat64(start + 16, true), true);
  into.setInt32(at + 24, from.getInt32(start + 24, true), true);
}
