// An OpenID provider for tests: `node provider.mjs PORT CALLBACK [HOST]`. It prints "ready" once it answers.
//
// Who signs in is the login typed into its own page: `operator`, `viewer`, `nobody` (no role); what it is becomes a
// role of the nested claim realm_access.roles. `expired` gets an ID token that expired an hour ago, `noclaim` one
// without the claim.
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { generateKeyPairSync, sign as signature } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const [port, callback, host] = [Number(process.argv[2]), process.argv[3], process.argv[4] ?? '127.0.0.1'];
// installed beside the checkout or anywhere that OIDC_PROVIDER_MODULES names
const require = createRequire(`${process.env.OIDC_PROVIDER_MODULES ?? process.cwd()}/`);
const { default: Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'test' };
const ROLES = { operator: ['/operator', 'everybody'], viewer: ['viewer'], nobody: ['everybody'], expired: ['operator'] };

const provider = new Provider(`http://${host}:${port}`, {
  clients: [{
    client_id: 'boostgrid',
    client_secret: 'the-test-client-secret-0123456789',
    redirect_uris: [callback],
    post_logout_redirect_uris: [callback],
    grant_types: ['authorization_code'],
    response_types: ['code'],
  }],
  jwks: { keys: [key] },
  cookies: { keys: ['only-for-tests'] },
  pkce: { required: () => false },
  conformIdTokenClaims: false,
  claims: { openid: ['sub', 'realm_access'], email: ['email'], profile: ['name'] },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  findAccount: async (_, sub) => ({
    accountId: sub,
    claims: async () => ({
      sub,
      email: `${sub}@example.com`,
      ...(ROLES[sub] ? { realm_access: { roles: ROLES[sub] } } : {}),
    }),
  }),
});

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

// the provider's own answer, with the token of `expired` signed anew: it would never issue one itself
provider.use(async (ctx, next) => {
  await next();
  if (ctx.path !== '/token' || !ctx.body?.id_token) return;
  const [head, body] = ctx.body.id_token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
  if (claims.sub !== 'expired') return;
  const hour = 3600;
  const text = `${head}.${encode({ ...claims, iat: claims.iat - 2 * hour, exp: claims.iat - hour })}`;
  ctx.body.id_token = `${text}.${signature('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
});

createServer(provider.callback()).listen(port, host, () => console.log('ready'));
