import { parseArgs } from 'node:util';

/** A relay that somebody else has started. */
export interface OutsideRelay {
  readonly name: string;
  readonly tcpPort: number;
  readonly tlsPort: number;
  readonly pid: number | undefined;
}

export interface Options {
  readonly runs: number;
  readonly warmupMs: number;
  readonly durationMs: number | undefined;
  readonly only: RegExp;
  readonly json: string | undefined;
  readonly profile: string | undefined;
  readonly build: string | undefined;
  readonly against: string | undefined;
  readonly relays: readonly OutsideRelay[];
  readonly generator: string | undefined;
  readonly quick: boolean;
}

export const usage = `npm run bench -- [options]
  --only PATTERN    scenarios whose name matches this regular expression (--list: names)
  --runs N          rounds, of which medians are shown (5); in each, relay and byte pipe take turns
  --duration S      seconds measured in each run (3)     --warmup S   seconds before (1.5)
  --quick           one short round: shows that it works, not how fast
  --json FILE       everything that was measured
  --profile DIR     CPU profiles of the relay (slows it down)
  --build DIR       measure this build (a folder with index.js) instead of src/
  --against DIR     measure this build too
  --relay NAME=TCPPORT,TLSPORT[,PID]    measure this relay too: domain localhost, any user, password "secret", AUTH over TCP
  --generator FILE  another load generator, see docs/performance.md
`;

export function readOptions(args: readonly string[]): Options | 'help' | 'list' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      runs: { type: 'string' },
      duration: { type: 'string' },
      warmup: { type: 'string' },
      json: { type: 'string' },
      profile: { type: 'string' },
      build: { type: 'string' },
      against: { type: 'string' },
      relay: { type: 'string', multiple: true, default: [] },
      generator: { type: 'string' },
    },
  });
  if (values.help) return 'help';
  if (values.list) return 'list';
  const { quick } = values;
  return {
    runs: positive('runs', values.runs ?? (quick ? '1' : '5')),
    warmupMs: 1000 * positive('warmup', values.warmup ?? (quick ? '0.3' : '1.5')),
    durationMs:
      values.duration === undefined ? (quick ? 500 : undefined) : 1000 * positive('duration', values.duration),
    only: new RegExp(values.only),
    json: values.json,
    profile: values.profile,
    build: values.build,
    against: values.against,
    relays: values.relay.map(outsideRelay),
    generator: values.generator,
    quick,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} ${text} is not a positive number`);
  return value;
}

function outsideRelay(text: string): OutsideRelay {
  const [, name, tcp, tls, pid] = /^([\w-]+)=(\d+),(\d+)(?:,(\d+))?$/.exec(text) ?? [];
  if (name === undefined) throw new Error(`--relay ${text} is not NAME=TCPPORT,TLSPORT[,PID]`);
  return { name, tcpPort: Number(tcp), tlsPort: Number(tls), pid: pid === undefined ? undefined : Number(pid) };
}
