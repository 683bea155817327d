// The package brings no types; these are the parts that the test uses.
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  type Context = {
    readonly oidc: {
      readonly client?: { readonly clientId: string };
      readonly session?: { readonly accountId?: string };
      readonly provider: {
        readonly Grant: new (of: {
          clientId: string;
          accountId: string;
        }) => {
          addOIDCScope(scope: string): void;
          save(): Promise<string>;
        };
      };
    };
  };
  type Configuration = {
    readonly clients: readonly object[];
    readonly claims: Readonly<Record<string, readonly string[]>>;
    readonly conformIdTokenClaims: boolean;
    readonly features: object;
    readonly interactions: { url(context: Context, interaction: { readonly uid: string }): string };
    readonly pkce: { required(): boolean };
    findAccount(context: Context, sub: string): { accountId: string; claims(): Promise<object> };
    loadExistingGrant(context: Context): Promise<unknown>;
  };

  export class Provider {
    constructor(issuer: string, configuration: Configuration);
    callback(): (request: IncomingMessage, response: ServerResponse) => unknown;
    interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>;
  }
}
