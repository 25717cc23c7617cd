import { createSocket, type Socket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { nodeResolver } from '../../src/hop/resolver.js';

const types: Record<number, string> = { 1: 'A', 28: 'AAAA', 33: 'SRV' };

const dnsName = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);

const srv = (priority: number, weight: number, port: number, target: string): Buffer => {
  const numbers = Buffer.alloc(6);
  numbers.writeUInt16BE(priority, 0);
  numbers.writeUInt16BE(weight, 2);
  numbers.writeUInt16BE(port, 4);
  return Buffer.concat([numbers, dnsName(target)]);
};

/** A name server with one zone in memory: enough of RFC 1035 for one question and its answers. */
let server: Socket;
let zone: Record<string, Buffer[]>;
let questions: string[];

beforeEach(async () => {
  zone = {};
  questions = [];
  server = createSocket('udp4');
  server.on('message', (query, from) => {
    let at = 12;
    const labels: string[] = [];
    for (let length = query[at]!; length > 0; length = query[at]!) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const type = query.readUInt16BE(at + 1);
    const question = `${types[type] ?? type} ${labels.join('.')}`;
    questions.push(question);
    const answers = zone[question] ?? [];
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    head.writeUInt16BE(answers.length > 0 ? 0x8580 : 0x8583, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(answers.length, 6);
    const records = answers.map((data) => {
      const fixed = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]);
      return Buffer.concat([fixed, data]);
    });
    server.send(Buffer.concat([head, query.subarray(12, at + 5), ...records]), from.port, from.address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
});

afterEach(() => new Promise<void>((resolve) => server.close(resolve)));

const resolver = (): ReturnType<typeof nodeResolver> =>
  nodeResolver({ servers: [`127.0.0.1:${server.address().port}`] });

describe('nodeResolver', () => {
  it('URI-11 asks for A and AAAA, and for no SRV', async () => {
    zone['A n.example'] = [Buffer.from([8, 8, 8, 8]), Buffer.from([8, 8, 4, 4])];
    zone['AAAA n.example'] = [Buffer.from('260647000000000000000000000000ff', 'hex')];
    const found = await resolver().lookup('n.example');
    expect(found).toContainEqual({ address: '8.8.8.8', family: 4 });
    expect(found).toContainEqual({ address: '8.8.4.4', family: 4 });
    expect(found).toContainEqual({ address: '2606:4700::ff', family: 6 });
    expect(found).toHaveLength(3);
    expect([...questions].sort()).toEqual(['A n.example', 'AAAA n.example']);
  });

  it('URI-11 one family is enough', async () => {
    zone['A n.example'] = [Buffer.from([8, 8, 8, 8])];
    expect(await resolver().lookup('n.example')).toEqual([{ address: '8.8.8.8', family: 4 }]);
  });

  it('rejects when a name has neither', async () => {
    await expect(resolver().lookup('nowhere.example')).rejects.toThrow('ENOTFOUND');
  });

  it('URI-14 gives SRV records as they are', async () => {
    zone['SRV _msrps._tcp.n.example'] = [srv(1, 5, 2900, 'a.example'), srv(2, 0, 2901, 'b.example')];
    const found = await resolver().srv('_msrps._tcp.n.example');
    expect(found).toContainEqual({ name: 'a.example', port: 2900, priority: 1, weight: 5 });
    expect(found).toContainEqual({ name: 'b.example', port: 2901, priority: 2, weight: 0 });
  });

  it('URI-14 gives the target "." in a form that means no service', async () => {
    zone['SRV _msrps._tcp.n.example'] = [srv(0, 0, 0, '')];
    const found = await resolver().srv('_msrps._tcp.n.example');
    expect(found.map((record) => record.name).join()).toMatch(/^\.?$/);
  });

  it('by default names of the hosts file are found', async () => {
    const found = await nodeResolver().lookup('localhost');
    expect(['127.0.0.1', '::1']).toContain(found[0]!.address);
  });
});
