import { Failure } from '#lib/base/failure';

/** Patterns up to this length that only repeat are guessed at once. */
const LONGEST_CYCLE = 4;
/** So much must be left of a password beside the person's own words. */
const LEAST_BESIDE = 6;

/** Those of 12 characters and more that stand highest in the lists of what leaked, without what the other rules find. */
const COMMON = new Set(
  `passwordpassword password1234 password12345 password123456 password1234567 password12345678 passw0rd1234 passwordqwerty
   1234567890123 123456789123 123456789012345 1234567890qwerty 123456789abc 1234qwerasdf 1q2w3e4r5t6y 1q2w3e4r5t6y7u8i 1qaz2wsx3edc
   1qaz2wsx3edc4rfv q1w2e3r4t5y6 qwerty123456 qwerty1234567 qwerty12345678 qwertyuiop12 qwertyuiop123 qwertyuiop1234 qwertyuiopasdf
   qwertyuiopasdfgh qwertyqwerty qwertyasdfgh qwertyuiop[] asdfghjkl123 asdfghjkl1234 zxcvbnm12345 zaq12wsxcde3 abcd1234abcd
   abcdefgh1234 abc123abc123 abcdef123456 aa1234567890 a1234567890b a1b2c3d4e5f6 administrator administrator1 administrator123
   adminadmin123 admin1234567 admin12345678 letmein12345 letmeinletmein welcome12345 welcome123456 iloveyou1234 iloveyouforever
   iloveyousomuch iloveyoubaby changeme1234 changemechangeme football1234 baseball1234 superman1234 sunshine1234 princess1234
   monkey123456 dragon123456 master123456 hello1234567 helloworld123 trustno1trustno1 whatever1234 computer1234 internet1234
   samsung12345 liverpool123 manchester1 michael12345 jennifer1234 jordan123456 unbelievable correcthorsebatterystaple
   thisisapassword mypassword123 mysecretpassword secretpassword supersecret123 defaultpassword temporarypassword
   youshallnotpass opensesame123 leadership12 masterpassword`.split(/\s+/),
);

/**
 * Refuses a password that is guessed early: made of the person's own name or e-mail, of little that repeats or counts on, or a
 * common one. `own`: e-mail and name. Throws `request.invalid` with the reason in words.
 */
export function refuseGuessable(password: string, own: readonly (string | null)[]): void {
  const why = weaknessOf(password, own);
  if (why !== null) throw refusedPassword(why);
}

/** The refusal of a password, as the check of a request's fields has it. */
export const refusedPassword = (why: string): Failure =>
  new Failure('request.invalid', `password: ${why}`, {
    fix: 'Choose another one: four or five words that do not belong together are good.',
    details: { problems: [{ path: 'password', message: why }] },
  });

function weaknessOf(password: string, own: readonly (string | null)[]): string | null {
  const plain = password.toLowerCase();
  if (new Set(plain).size < 4 || repeats(plain)) return 'repeats the same few characters';
  if (countsOn(plain)) return 'only counts on, like 123456 or abcdef';
  if (COMMON.has(plain)) return 'is one of the most common passwords';
  return isOwn(plain, own) ? 'is made of your own name or e-mail' : null;
}

function repeats(text: string): boolean {
  for (let length = 1; length <= LONGEST_CYCLE; length++)
    if ([...text].every((sign, at) => at < length || sign === text[at - length])) return true;
  return false;
}

/** Each character follows the one before it, forwards or backwards; 0 follows 9. */
function countsOn(text: string): boolean {
  const steps = [...text].slice(1).map((sign, at) => sign.charCodeAt(0) - text.charCodeAt(at));
  return steps.every((step) => step === 1 || step === -9) || steps.every((step) => step === -1 || step === 9);
}

function isOwn(text: string, own: readonly (string | null)[]): boolean {
  const words = own
    .flatMap((one) => (one === null ? [] : [one, ...one.split(/[@.\s_+-]+/)]))
    .map(bare)
    .filter((word) => word.length >= 3)
    .sort((a, b) => b.length - a.length);
  if (words.length === 0) return false;
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), bare(text));
  return rest !== bare(text) && rest.length < LEAST_BESIDE;
}

const bare = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
