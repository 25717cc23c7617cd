import type { RequestOptions, SendOptions } from './client-types.js';
import type { Body, HeaderList, MessageParts } from './write-message.js';

/** A request of the client with this URI, as the options want it. */
export function requestParts(
  uri: string,
  what: string,
  tid: string,
  options: RequestOptions,
  headers: HeaderList,
  body: Body | undefined,
): MessageParts {
  const list = (uris: string | readonly string[]): readonly string[] => (typeof uris === 'string' ? [uris] : uris);
  const contentType: HeaderList = body === undefined ? [] : [['Content-Type', options.contentType ?? 'text/plain']];
  return {
    what,
    tid,
    toPath: list(options.to),
    fromPath: list(options.from ?? uri),
    headers: [...headers, ...contentType],
  };
}

/** Headers of a SEND after the paths; Content-Type comes with the body. */
export function sendHeaders(options: SendOptions, messageId: string, defaultRange: string | undefined): HeaderList {
  const range = options.range === false ? undefined : (options.range ?? defaultRange);
  const headers: (readonly [string, string])[] = [['Message-ID', messageId]];
  if (range !== undefined) headers.push(['Byte-Range', range]);
  if (options.failureReport !== undefined) headers.push(['Failure-Report', options.failureReport]);
  if (options.successReport !== undefined) headers.push(['Success-Report', options.successReport]);
  return [...headers, ...(options.headers ?? [])];
}
