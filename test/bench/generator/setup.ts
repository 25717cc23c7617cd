import { digestAuthorization, digestParameters } from '../../../src/testing/digest-answer.js';
import type { Target } from '../job.js';
import { Link } from './link.js';

/** One session as the wire sees it: the path a SEND takes, and both connections. */
export interface SessionPath {
  readonly toPath: string;
  readonly senderUri: string;
  readonly receiver: Link;
  readonly sender: Link;
}

const scheme = (target: Target): string => (target.tls ? 'msrps' : 'msrp');
const digits = (session: number): string => session.toString(16).padStart(4, '0');

/** Opens the connections of sessions and gets their relay URIs. */
export class Setup {
  private shared: { receiver: Link; sender: Link } | undefined;
  private readonly target: Target;
  private readonly isShared: boolean;

  constructor(target: Target, isShared: boolean) {
    this.target = target;
    this.isShared = isShared;
  }

  async session(session: number): Promise<SessionPath> {
    const { target } = this;
    const receiverUri = `${scheme(target)}://127.0.0.1:9000/receiver${digits(session)};tcp`;
    const senderUri = `${scheme(target)}://127.0.0.1:9001/sender${digits(session)};tcp`;
    if (target.kind === 'pipe') return { toPath: receiverUri, senderUri, ...(await this.pair(session)) };
    const receiver = this.shared?.receiver ?? (await Link.open(target));
    const usePath = await authenticate(target, receiver, receiverUri, `u${session}`);
    const sender = this.shared?.sender ?? (await Link.open(target));
    if (this.isShared) this.shared ??= { receiver, sender };
    return { toPath: `${usePath} ${receiverUri}`, senderUri, receiver, sender };
  }

  private async pair(session: number): Promise<{ receiver: Link; sender: Link }> {
    if (this.shared !== undefined) return this.shared;
    const { target } = this;
    const open = async (): Promise<Link> => {
      const link = await Link.open(target);
      link.text(`pair ${session}\n`);
      await answer(link, (text) => text.endsWith('\n'));
      return link;
    };
    const receiver = await open();
    const ends = { receiver, sender: await open() };
    if (this.isShared) this.shared = ends;
    return ends;
  }
}

/** Both steps of AUTH (RFC 4976 section 5.1). Returns Use-Path. */
async function authenticate(target: Target, link: Link, ownUri: string, username: string): Promise<string> {
  const uri = `${scheme(target)}://localhost:${target.port};tcp`;
  const ask = async (tid: string, headers: string): Promise<string> => {
    link.text(`MSRP ${tid} AUTH\r\nTo-Path: ${uri}\r\nFrom-Path: ${ownUri}\r\n${headers}-------${tid}$\r\n`);
    return answer(link, (text) => text.endsWith(`-------${tid}$\r\n`));
  };
  const challenge = await ask('auth0000', '');
  const parameters = digestParameters(/^WWW-Authenticate: *Digest (.*)\r$/im.exec(challenge)?.[1] ?? '');
  const authorization = digestAuthorization({
    algorithm: parameters.get('algorithm')?.toUpperCase() === 'SHA-256' ? 'SHA-256' : 'MD5',
    username,
    password: 'secret',
    realm: parameters.get('realm') ?? '',
    nonce: parameters.get('nonce') ?? '',
    nc: '00000001',
    cnonce: '0a4f113b',
    uri,
    opaque: parameters.get('opaque'),
  });
  // Some relays want the URI named, as HTTP does; to the others it says nothing new.
  const granted = await ask('auth0001', `Authorization: ${authorization}, uri="${uri}"\r\n`);
  const usePath = /^Use-Path: *(.*)\r$/im.exec(granted)?.[1];
  if (usePath === undefined) throw new Error(`no relay URI: ${granted.slice(0, granted.indexOf('\r\n'))}`);
  return usePath;
}

/** Reads text until it is whole. */
function answer(link: Link, isWhole: (text: string) => boolean): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    link.onGone = () => {
      reject(new Error('connection closed while it was set up'));
    };
    link.onRead = (bytes, _view, end) => {
      text += bytes.toString('latin1', 0, end);
      if (isWhole(text)) resolve(text);
    };
  });
}
