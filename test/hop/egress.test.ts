import { describe, expect, it } from 'vitest';

import { createEgress } from '../../src/hop/egress.js';

const refused = [
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.100.100.200',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '168.63.129.16',
  '169.254.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.192',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.19.255.255',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '0:0:0:0:0:0:0:1',
  '0000:0000:0000:0000:0000:0000:0000:0001',
  '::127.0.0.1',
  '::7f00:1',
  '::8.8.8.8',
  '::ffff:127.0.0.1',
  '::FFFF:127.0.0.1',
  '::ffff:7f00:1',
  '0:0:0:0:0:ffff:7f00:0001',
  '::ffff:169.254.169.254',
  '::ffff:10.0.0.1',
  '::ffff:0:127.0.0.1',
  '::ffff:0:7f00:1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::1',
  '64:ff9b:1:ffff::8.8.8.8',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::1',
  '2002:0808:0808::1',
  '2001::1',
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  '2001:2::1',
  '100::1',
  'fc00::1',
  'fd00:ec2::254',
  'fdff:ffff::1',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fec0::1',
  'ff02::1',
  'ff0e::1',
];

const dialled = [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '168.63.129.17',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2606:4700::1111',
  '2001:4860:4860::8888',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
  'fbff::1',
];

describe('egress policy', () => {
  const byDefault = createEgress();

  it.each(refused)('FWD-47 does not dial %s by default', (address) => {
    expect(byDefault.check(address, 2855)).toBe(false);
  });

  it.each(dialled)('FWD-47 dials %s by default', (address) => {
    expect(byDefault.check(address, 2855)).toBe(true);
  });

  it.each(['', 'localhost', 'relay.example', '127.1', '2130706433', '0x7f.0.0.1', '0177.0.0.1', '1.1.1.1 ', '[::1]'])(
    'FWD-47 %j is no address literal and is not dialled, whatever is allowed',
    (text) => {
      expect(createEgress({ allow: ['0.0.0.0/0', '::/0'] }).check(text, 2855)).toBe(false);
    },
  );

  it('allow opens what the built-in list denies, in its IPv6 spellings too, and nothing beside it', () => {
    const egress = createEgress({ allow: ['10.1.0.0/16', '127.0.0.1', 'fd00:1::/48'] });
    expect(egress.check('10.1.2.3', 1)).toBe(true);
    expect(egress.check('::ffff:10.1.2.3', 1)).toBe(true);
    expect(egress.check('::ffff:a01:203', 1)).toBe(true);
    expect(egress.check('64:ff9b::10.1.2.3', 1)).toBe(true);
    expect(egress.check('127.0.0.1', 1)).toBe(true);
    expect(egress.check('fd00:1::9', 1)).toBe(true);
    expect(egress.check('10.2.0.1', 1)).toBe(false);
    expect(egress.check('::ffff:10.2.0.1', 1)).toBe(false);
    expect(egress.check('127.0.0.2', 1)).toBe(false);
    expect(egress.check('::1', 1)).toBe(false);
    expect(egress.check('fd00:2::9', 1)).toBe(false);
  });

  it('deny wins over allow, in every spelling', () => {
    const egress = createEgress({ allow: ['10.0.0.0/8'], deny: ['10.9.0.0/16', '8.8.8.8', '2606:4700::/32'] });
    expect(egress.check('10.8.0.1', 1)).toBe(true);
    expect(egress.check('10.9.0.1', 1)).toBe(false);
    expect(egress.check('::ffff:10.9.0.1', 1)).toBe(false);
    expect(egress.check('8.8.8.8', 1)).toBe(false);
    expect(egress.check('::ffff:8.8.8.8', 1)).toBe(false);
    expect(egress.check('64:ff9b::8.8.8.8', 1)).toBe(false);
    expect(egress.check('2606:4700::1111', 1)).toBe(false);
    expect(egress.check('1.1.1.1', 1)).toBe(true);
  });

  it('rules for one family do not touch the other', () => {
    expect(createEgress({ allow: ['::/0'] }).check('127.0.0.1', 1)).toBe(false);
    expect(createEgress({ deny: ['::/0'] }).check('8.8.8.8', 1)).toBe(true);
    expect(createEgress({ deny: ['0.0.0.0/0'] }).check('2606:4700::1111', 1)).toBe(true);
  });

  it('ports: only those allowed, never those denied', () => {
    const some = createEgress({ ports: { allow: [2855, [5000, 5010]], deny: [5005] } });
    const outcome = [2854, 2855, 4999, 5000, 5005, 5010, 5011].map((port) => some.check('8.8.8.8', port));
    expect(outcome).toEqual([false, true, false, true, false, true, false]);
    const noMail = createEgress({ ports: { deny: [25] } });
    expect([noMail.check('8.8.8.8', 25), noMail.check('8.8.8.8', 26)]).toEqual([false, true]);
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '10.0.0/8',
    'fd00::/129',
    'example.org',
    '',
    '*',
  ])('refuses %j as a CIDR, naming the option', (text) => {
    expect(() => createEgress({ allow: [text] })).toThrow(
      expect.objectContaining({ code: 'bad-option', option: 'egress.allow' }),
    );
    expect(() => createEgress({ deny: [text] })).toThrow(expect.objectContaining({ option: 'egress.deny' }));
  });

  it.each([[0], [65_536], [1.5], [[10, 9] as const]])('refuses %j as a port', (range) => {
    expect(() => createEgress({ ports: { allow: [range] } })).toThrow(
      expect.objectContaining({ code: 'bad-option', option: 'egress.ports.allow' }),
    );
    expect(() => createEgress({ ports: { deny: [range] } })).toThrow(
      expect.objectContaining({ option: 'egress.ports.deny' }),
    );
  });
});
