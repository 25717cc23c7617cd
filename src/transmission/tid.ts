import { tidLetters } from './types.js';

/** Random letters of a transaction id (4 bits each: 96 bits), before those that name its slot. */
export const tidRandomLetters = 24;

const slotLetters = tidLetters - tidRandomLetters;
const letterA = 97;
/** As many can be named. */
export const maxSlots: number = 1 << (4 * slotLetters);

/** Writes the letters of an id that name a slot; `at` is where the id begins. */
export function writeSlot(view: DataView, at: number, slot: number): void {
  const letters = at + tidRandomLetters;
  for (let i = 0; i < slotLetters; i++) view.setUint8(letters + i, letterA + ((slot >> (4 * i)) & 15));
}

/** The slot an id names, -1 if it is none of ours. */
export function readSlot(view: DataView, at: number): number {
  let slot = 0;
  for (let i = slotLetters - 1; i >= 0; i--) {
    const digit = view.getUint8(at + tidRandomLetters + i) - letterA;
    if (digit < 0 || digit > 15) return -1;
    slot = (slot << 4) | digit;
  }
  return slot;
}
