const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** `length` random letters and digits, five bits each, all equally likely. Legal in session-ids and idents. */
export function randomText(randomFill: (into: Uint8Array) => void, length: number): string {
  const octets = new Uint8Array(length);
  randomFill(octets);
  let text = '';
  for (const octet of octets) text += alphabet[octet & 31]!;
  return text;
}
