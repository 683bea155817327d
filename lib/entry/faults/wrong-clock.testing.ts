// Loaded before a program: its clock is wrong by RECOUNT_FAULTS_CLOCK milliseconds. `259200000 after 3000`: it jumps by so
// much once it has run for three seconds. Timers go on as before, as they do where a machine's clock is set.

const [shift = '0', after = '0'] = (process.env.RECOUNT_FAULTS_CLOCK ?? '').split(' after ');
const Right = Date;
const shiftMs = Number(shift);
const afterMs = Number(after);
const now = (): number => Right.now() + (performance.now() >= afterMs ? shiftMs : 0);

globalThis.Date = new Proxy(Right, {
  construct: (target, given, asked) =>
    Reflect.construct(
      target,
      given.length === 0 ? [now()] : given,
      asked === globalThis.Date ? target : asked,
    ),
  apply: () => new Right(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
