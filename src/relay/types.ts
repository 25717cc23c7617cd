import type { ForwardSource, Receiver } from '../forward/types.js';
import type { Head } from '../wire/types.js';
import type { Path } from '../wire/path.js';

/** The RELAY room: may this request pass? (chart 3) */
export interface RelayRoom {
  /** A request addressed to this relay that is no AUTH for it alone, whose paths are not known yet. */
  receive(source: ForwardSource, head: Head, toPath: Path): Receiver | 'taken';
}
