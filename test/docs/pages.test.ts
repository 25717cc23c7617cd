import { describe, expect, it } from 'vitest';
import { filesUnder } from '../tools/files.js';
import { Declared, members, text } from './declared.js';
import { page, rowNames, section } from './pages.js';

const facts = new Declared('src/observe/types.ts');
const variants = facts.variants('Fact');
const events = page('docs/events.md');

describe('docs/events.md', () => {
  it('has each event, and no other', () => {
    const headings = [...section(events, '## The events').matchAll(/^### `(\w+)`$/gm)].map((match) => match[1]);
    expect(headings).toEqual(new Declared('src/observe/events.ts').fields('RelayEvents'));
    expect(headings).toEqual([...variants.keys(), 'listenerError']);
  });

  it.each([...variants].map(([name, fields]) => [name, [...fields.keys()]] as const))(
    'has the fields of %s',
    (name, fields) => {
      const told = [...section(events, `### \`${name}\``).matchAll(/^- `(\w+)`:/gm)].map((match) => match[1]);
      expect(told).toEqual(fields);
    },
  );

  const flaws = new Declared('src/wire/flaw.ts').texts('Flaw');
  it.each([
    ['RefusalReason', [...facts.texts('RefusalReason'), ...flaws]],
    ['AuthFailure', facts.texts('AuthFailure')],
    ['DeliveryFailure', facts.texts('DeliveryFailure')],
    ['ConnectionEnd', facts.texts('ConnectionEnd')],
    ['HoldReason', facts.texts('HoldReason')],
    ['EndReason', new Declared('src/session/types.ts').texts('EndReason')],
    ['TransportRefusal', new Declared('src/transport/types.ts').texts('TransportRefusal')],
  ])('has each %s, and no other', (name, reasons) => {
    expect(reasons.length).toBeGreaterThan(3);
    expect(rowNames(section(events, `### \`${name}\``)).sort()).toEqual(reasons.sort());
  });

  it('has each reason for dropping a response, and no other', () => {
    const reasons = members(variants.get('responseDropped')?.get('reason')).flatMap(text);
    expect(rowNames(section(events, '### Dropped responses'))).toEqual(reasons);
  });

  it('has each event in the tables of log lines and of debug lines', () => {
    const named = (heading: string): string[] =>
      [...section(events, heading).matchAll(/`(\w+)`/g)].map((match) => match[1]!);
    const all = [...variants.keys()];
    expect(named('## Log lines')).toEqual(expect.arrayContaining([...all, 'listenerError']));
    expect(named('## Debug lines')).toEqual(expect.arrayContaining(all));
  });
});

it('docs/errors.md has each code, and no other', () => {
  expect(rowNames(page('docs/errors.md')).sort()).toEqual(
    new Declared('src/errors.ts').texts('RelayErrorCode').sort(),
  );
});

describe('docs/guide.md', () => {
  const guide = page('docs/guide.md');
  it.each([
    ['src/options.ts', 'RelayOptions'],
    ['src/options.ts', 'AdvertiseOptions'],
    ['src/options.ts', 'ExpiresOptions'],
    ['src/options.ts', 'RuleOptions'],
    ['src/options.ts', 'PeerRelayOptions'],
    ['src/hop/egress.ts', 'EgressOptions'],
    ['src/transport/tls.ts', 'TlsOptions'],
    ['src/transport/listening.ts', 'ListenOptions'],
    ['src/auth/digest/authenticator.ts', 'DigestOptions'],
    ['src/types.ts', 'CloseOptions'],
  ])('names each option of %s %s', (path, name) => {
    // `runtime` is for tests, and told on their page.
    const options = new Declared(path).fields(name).filter((option) => option !== 'runtime');
    expect(options.filter((option) => !new RegExp(`\\b${option}\\b`).test(guide))).toEqual([]);
  });

  it('has each rule, and no other', () => {
    expect(rowNames(section(guide, '## Rules'))).toEqual(new Declared('src/options.ts').fields('RuleOptions'));
  });
});

it('README.md links all pages', () => {
  const linked = [...page('README.md').matchAll(/\]\(docs\/([\w-]+\.md)\)/g)].map((match) => match[1]);
  const pages = filesUnder('docs', '.md').filter((name) => !name.startsWith('api/'));
  expect([...new Set(linked)].sort()).toEqual(pages);
});

it('anchors in links lead to headings', () => {
  const lost = filesUnder('docs', '.md')
    .filter((name) => !name.startsWith('api/'))
    .flatMap((from) =>
      [...page(`docs/${from}`).matchAll(/\]\(([\w.-]*)#([\w-]+)\)/g)]
        .filter(([, to, anchor]) => !anchors(page(`docs/${to === '' ? from : to!}`)).includes(anchor!))
        .map(([link]) => `${from}: ${link}`),
    );
  expect(lost).toEqual([]);
});

function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}
