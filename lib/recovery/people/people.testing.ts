import { LOCAL_PERSON } from '#lib/adapters/store/person';
import { NOBODY } from '#lib/recovery/access/actor';
import { type Browser, openBrowser } from '#lib/recovery/access/browser.testing';
import { openWelcome, WelcomeInput } from '#lib/recovery/access/open-welcome';
import { makeLinkFor } from '#lib/recovery/access/sign-in-link';
import { AcceptInput, acceptInvitation } from '#lib/recovery/people/accept-invitation';
import { InviteInput, invite } from '#lib/recovery/people/invite';
import type { TestContext } from '#lib/recovery/setup/testing';

// People of an installation and their browsers, by the verbs of the page.

export const ORIGIN = 'http://127.0.0.1:4000';
export const PASSWORD = 'correct horse battery';

const wentWell = (status: number): void => {
  if (status !== 200) throw new Error(`answered ${status}`);
};

/** Answers requests with this context, whose people come in by themselves; put back with `globalThis.recountContext`. */
export function peopleOf(test: TestContext) {
  globalThis.recountContext = Promise.resolve({ ...test.context, actor: NOBODY });
  const signedIn = async (personId: string): Promise<Browser> => {
    const { url } = await makeLinkFor(test.context.store, ORIGIN, personId, 'recount');
    const browser = openBrowser();
    wentWell((await browser.ask(WelcomeInput, openWelcome, { token: url.split('#')[1] })).status);
    return browser;
  };
  return {
    signedIn,
    /** Nobody but the first admin. */
    empty: async (): Promise<void> => {
      const { store } = test.context;
      await store.person.deleteMany({ where: { id: { not: LOCAL_PERSON } } });
      await store.invitation.deleteMany();
      await store.apiToken.deleteMany();
      await store.signInTry.deleteMany();
    },
    person: async (id: string, role: string): Promise<Browser> => {
      await test.context.store.person.create({ data: { id, name: id, role } });
      return signedIn(id);
    },
    /** The token of an invitation. */
    invited: async (by: Browser, role: string, email = 'ben@example.org'): Promise<string> => {
      const { status, body } = await by.ask(InviteInput, invite, { email, name: 'Ben', role });
      wentWell(status);
      return String(body.url).split('#')[1] ?? '';
    },
  };
}

export const accept = (token: string, browser = openBrowser()) =>
  browser.ask(AcceptInput, acceptInvitation, { token, password: PASSWORD });
