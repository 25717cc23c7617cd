// A whole relay without sockets: SENDs in, SENDs and 200s out, and the answers of the receiver.
import { bench, group } from 'mitata';
import { createRelay } from '../../../src/create-relay.js';
import { Sink, steppedRuntime } from './fake.js';

const batch = 100;
const receiverUri = 'msrps://127.0.0.1:9000/receiver;tcp';
const senderUri = 'msrps://127.0.0.1:9001/sender;tcp';

class Hop {
  private readonly receiver = new Sink();
  private readonly sender = new Sink();
  private readonly usePath: string;
  private readonly turns = steppedRuntime();

  constructor() {
    const relay = createRelay({
      hosts: ['localhost'],
      transports: [],
      authenticator: { authenticate: () => ({ refuse: 403, why: 'barred' }) },
      runtime: this.turns.runtime,
    });
    const facts = { transport: 'tls', secure: true, remote: { address: '127.0.0.1', port: 9 } } as const;
    relay.accept(this.receiver, { ...facts, user: { name: 'alice' } });
    relay.accept(this.sender, facts);
    this.receiver.record = true;
    const auth = `MSRP auth0000 AUTH\r\nTo-Path: msrps://localhost:2855;tcp\r\nFrom-Path: ${receiverUri}\r\n-------auth0000$\r\n`;
    this.receiver.handler.onData(Buffer.from(auth));
    this.turns.endTurn();
    this.usePath = /Use-Path: (\S+)/.exec(this.receiver.taken.toString('latin1', 0, this.receiver.octets))![1]!;
    this.receiver.record = false;
  }

  sends(bodyBytes: number, failureReport: 'yes' | 'no'): Buffer {
    const report = failureReport === 'yes' ? '' : 'Failure-Report: no\r\n';
    const messages = Array.from({ length: batch }, (_, i) => {
      const tid = `send${String(i).padStart(8, '0')}`;
      return (
        `MSRP ${tid} SEND\r\nTo-Path: ${this.usePath} ${receiverUri}\r\nFrom-Path: ${senderUri}\r\nMessage-ID: m${tid}\r\n` +
        `${report}Byte-Range: 1-${bodyBytes}/${bodyBytes}\r\nContent-Type: text/plain\r\n\r\n${'x'.repeat(bodyBytes)}\r\n-------${tid}$\r\n`
      );
    });
    return Buffer.from(messages.join(''));
  }

  /** One read event of the sender's connection, and the turn after it. */
  push(input: Buffer): void {
    const before = this.receiver.total;
    this.sender.handler.onData(Buffer.from(input));
    this.turns.endTurn();
    if (this.receiver.total - before < input.length) throw new Error('not all SENDs came through');
  }

  /** The same, and the receiver's answers. */
  pushAndAnswer(input: Buffer): void {
    const { receiver } = this;
    receiver.record = true;
    receiver.octets = 0;
    this.push(input);
    const sent = receiver.taken;
    const stride = receiver.octets / batch;
    this.answers ??= answersTo(sent.toString('latin1', 0, stride));
    const answers = Buffer.from(this.answers);
    const answer = answers.length / batch;
    for (let i = 0; i < batch; i++) {
      sent.copy(answers, i * answer + tidAt, i * stride + tidAt, i * stride + tidAt + tidOctets);
      sent.copy(answers, (i + 1) * answer - 3 - tidOctets, i * stride + tidAt, i * stride + tidAt + tidOctets);
    }
    receiver.handler.onData(answers);
    this.turns.endTurn();
  }

  private answers: Buffer | undefined;
}

const tidAt = 5;
const tidOctets = 28;

/** A batch of 200s, ready but for their ids. */
function answersTo(send: string): Buffer {
  const [, to, from] = /\r\nTo-Path: (\S+)\r\nFrom-Path: (\S+)/.exec(send)!;
  const gap = '.'.repeat(tidOctets);
  return Buffer.from(
    `MSRP ${gap} 200 OK\r\nTo-Path: ${from!}\r\nFrom-Path: ${to!}\r\n-------${gap}$\r\n`.repeat(batch),
  );
}

group('whole relay without sockets, per 100 messages', () => {
  for (const bodyBytes of [200, 2000]) {
    const hop = new Hop();
    const input = hop.sends(bodyBytes, 'no');
    bench(`SEND of ${bodyBytes} octets, Failure-Report no`, () => {
      hop.push(input);
    });
  }
  for (const bodyBytes of [200, 2000]) {
    const hop = new Hop();
    const input = hop.sends(bodyBytes, 'yes');
    bench(`SEND of ${bodyBytes} octets, its 200, and the 200 of the receiver`, () => {
      hop.pushAndAnswer(input);
    });
  }
});
