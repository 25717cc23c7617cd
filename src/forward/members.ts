/** Knows its own place, in the one set it may be in. */
export interface Member {
  place: number;
  joined: number;
}

/** A set that is joined and left with each chunk: at next to no cost, but in no order. */
export class Members<T extends Member> {
  size = 0;
  /** Never made shorter: an array that is emptied gives its memory back, only to need it again. */
  private readonly places: (T | undefined)[] = [];
  private joins = 0;

  /** Those who joined first come first. */
  inOrder(): readonly T[] {
    const all = this.places.slice(0, this.size) as T[];
    return all.sort((one, other) => one.joined - other.joined);
  }

  add(member: T): void {
    member.joined = this.joins++;
    member.place = this.size;
    this.places[this.size++] = member;
  }

  /** It must be one. The last takes its place. */
  delete(member: T): void {
    const last = this.places[--this.size]!;
    this.places[member.place] = last;
    last.place = member.place;
    this.places[this.size] = undefined;
  }
}
