// What one AUTH costs besides its message: a challenge, and a check of the answer to it.
import { bench, do_not_optimize, group } from 'mitata';
import { digestAuthenticator } from '../../../src/auth/digest/authenticator.js';
import type { AuthRequest, AuthVerdict } from '../../../src/auth/types.js';
import { nodeRuntime } from '../../../src/runtime.js';
import { digestAuthorization, digestParameters, type DigestAlgorithm } from '../../../src/testing/digest-answer.js';

const uri = 'msrps://relay.example.com:2855;tcp';
const authenticator = digestAuthenticator({ credentials: () => ({ password: 'secret' }) });
authenticator.attach?.({ realm: 'relay.example.com', runtime: nodeRuntime() });

function ask(authorization: string | undefined): AuthVerdict {
  const request: AuthRequest = {
    authorization,
    uri,
    peer: { transport: 'tls', secure: true, remote: { address: '127.0.0.1', port: 9 } },
    viaRelay: undefined,
  };
  return authenticator.authenticate(request) as AuthVerdict;
}

function challenge(): string {
  const verdict = ask(undefined);
  if (!('challenge' in verdict)) throw new Error('no challenge');
  return verdict.challenge[0]!;
}

function answer(algorithm: DigestAlgorithm): string {
  const parameters = digestParameters(challenge());
  return digestAuthorization({
    algorithm,
    username: 'alice',
    password: 'secret',
    realm: parameters.get('realm')!,
    nonce: parameters.get('nonce')!,
    nc: '00000001',
    cnonce: '0a4f113b',
    uri,
    opaque: parameters.get('opaque'),
  });
}

group('digest', () => {
  bench('challenge', () => {
    do_not_optimize(challenge());
  });
  for (const algorithm of ['SHA-256', 'MD5'] as const) {
    // A nonce is good for one answer, so each is made outside of what is timed.
    bench(`check of an answer, ${algorithm}`, function* () {
      yield {
        [0]: () => answer(algorithm),
        bench(authorization: string) {
          const verdict = ask(authorization);
          if (!('accept' in verdict)) throw new Error('not accepted');
        },
      };
    });
  }
});
