import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { selfSigned } from '../support/certificates.js';
import { compile, copyBuild } from './compile.js';
import { familyOf } from './generator/process-usage.js';
import type { FromTarget, Target, ToTarget } from './job.js';
import type { Options, OutsideRelay } from './options.js';
import { firstMessage, startNode, stopNode, targetCore } from './processes.js';

/** A target that runs. */
export interface Running {
  target(tls: boolean): Target;
  tell(what: ToTarget): void;
  stop(): Promise<void>;
}

/** Something that carries messages from one connection to another, started anew for each run. */
export interface Contestant {
  readonly name: string;
  readonly kind: 'relay' | 'pipe';
  /** `dialPort`: where a pipe shall dial to, for generators that listen themselves. */
  start(dialPort?: number): Promise<Running>;
}

export interface Bench {
  readonly contestants: readonly Contestant[];
  readonly generator: string;
}

/** Compiles what is measured, makes certificates. The relay is the first contestant, the byte pipe the second. */
export async function prepare(folder: string, options: Options): Promise<Bench> {
  compile(folder);
  const issued = await selfSigned({ dnsNames: ['localhost'] });
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(cert, issued.cert);
  writeFileSync(key, issued.key, { mode: 0o600 });
  const script = (name: string): string => join(folder, 'test/bench', `${name}.js`);
  const profiling = options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profile}`];

  const relay = (name: string, index: string): Contestant => ({
    name,
    kind: 'relay',
    start: () => own('relay', ['--expose-gc', ...profiling], script('targets/relay'), [index, cert, key]),
  });
  const pipe: Contestant = {
    name: 'pipe',
    kind: 'pipe',
    start: (dialPort) => {
      const dialling = dialPort === undefined ? [] : [String(dialPort)];
      return own('pipe', ['--expose-gc'], script('targets/pipe'), [cert, key, ...dialling]);
    },
  };
  const { build, against } = options;
  const index = build === undefined ? join(folder, 'src/index.js') : copyBuild(build, join(folder, 'build'));
  return {
    contestants: [
      relay('relay', index),
      pipe,
      ...(against === undefined ? [] : [relay('against', copyBuild(against, join(folder, 'against')))]),
      ...options.relays.map(outside),
    ],
    generator: script('generator/main'),
  };
}

async function own(
  kind: Contestant['kind'],
  nodeOptions: readonly string[],
  script: string,
  args: readonly string[],
): Promise<Running> {
  const child = startNode(targetCore, nodeOptions, script, args);
  const ports = await firstMessage(child, (message) => message as FromTarget);
  const pids = [child.pid!];
  return {
    target: (tls) => ({ kind, tls, port: tls ? ports.tlsPort : ports.tcpPort, pids }),
    tell: (what) => {
      child.send(what);
    },
    stop: () => stopNode(child),
  };
}

/** Its memory and connections are whatever earlier runs have left. */
function outside({ name, tcpPort, tlsPort, pid }: OutsideRelay): Contestant {
  return {
    name,
    kind: 'relay',
    start: () =>
      Promise.resolve({
        target: (tls) => ({
          kind: 'relay',
          tls,
          port: tls ? tlsPort : tcpPort,
          pids: pid === undefined ? [] : familyOf(pid),
        }),
        tell: () => {},
        stop: () => Promise.resolve(),
      }),
  };
}
