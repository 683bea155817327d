import { Random } from '#lib/patch/simulation/random.testing';

// The scheduler of the simulation: it owns every moment at which something happens. Code under test awaits promises that
// only an event settles, so that any order of events is a possible interleaving, and a process that is killed simply
// never goes on.

/** Thrown where what was simulated must never be. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** The session is gone: what was sent last may or may not have been done. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** Something that can be killed: what it waits for never comes then. */
export class Process {
  readonly name: string;
  readonly connections = new Set<Connection>();
  isAlive = true;

  constructor(name: string) {
    this.name = name;
  }

  /** kill -9. */
  kill(): void {
    this.isAlive = false;
    for (const connection of [...this.connections]) connection.cut();
  }
}

type Happening = { readonly label: string; readonly by: string; run(): void };

/** How likely each fault of a call is. Drawn anew for every seed, so that some runs have one fault and some have many. */
export type Weather = { readonly lost: number; readonly unanswered: number; readonly late: number };

const CALM: Weather = { lost: 0, unanswered: 0, late: 0 };

export class World {
  readonly random: Random;
  /** What happened, where a run is told. */
  readonly trace: string[] | null;
  #weather: Weather;
  /** At COMMIT, where it matters most, faults are more frequent. */
  #commitWeather: Weather;
  #isCalm = false;
  #ready: Happening[] = [];
  #timers: Happening[] = [];
  /** One process may be slower than all others. */
  readonly #slow: string | null;
  violation: Violation | null = null;
  steps = 0;

  constructor(seed: number, isTold: boolean) {
    this.random = new Random(seed);
    this.trace = isTold ? [] : null;
    this.#weather = this.#draw(this.random.next() ** 4 * 0.2);
    this.#commitWeather = this.#draw(this.random.next() ** 2 * 0.9);
    this.#slow = ['network', 'worker 1', 'worker 2', null][this.random.below(4)] ?? null;
  }

  get isCalm(): boolean {
    return this.#isCalm;
  }

  /** From now on nothing fails; what is on its way still arrives. */
  calm(): void {
    this.#isCalm = true;
    this.#weather = CALM;
    this.#commitWeather = CALM;
    this.tell('— no more faults —');
  }

  tell(what: string): void {
    this.trace?.push(`${this.steps} ${what}`);
  }

  /** A rule that must hold always. Kept, not thrown: the code under test would take it for an error of the store. */
  must(holds: boolean, rule: string): void {
    if (holds || this.violation !== null) return;
    this.violation = new Violation(rule);
    this.tell(`VIOLATION ${rule}`);
  }

  /** Happens at some moment, in any order with all else. */
  soon(by: string, label: string, run: () => void): void {
    this.#ready.push({ by, label, run });
  }

  /** Happens when time passes: at any moment while there are faults, else only when nothing else can happen. */
  timer(label: string, run: () => void): void {
    this.#timers.push({ by: 'time', label, run });
  }

  /** Lets one thing happen. False: nothing can. */
  step(): boolean {
    const happening = this.#next();
    if (happening === undefined) return false;
    this.steps += 1;
    this.tell(`${happening.by}: ${happening.label}`);
    happening.run();
    return true;
  }

  get isIdle(): boolean {
    return this.#ready.length === 0;
  }

  #next(): Happening | undefined {
    const isTime = this.#ready.length === 0 || (!this.#isCalm && this.random.chance(0.06));
    const from = isTime && this.#timers.length > 0 ? this.#timers : this.#ready;
    let at = this.random.below(from.length);
    if (from[at]?.by === this.#slow && this.random.chance(0.9)) at = this.random.below(from.length);
    const chosen = from[at];
    const last = from.pop();
    if (last !== undefined && at < from.length) from[at] = last;
    return chosen;
  }

  /** What goes wrong with the next call. */
  fault(isCommit: boolean): keyof Weather | null {
    const { lost, unanswered, late } = isCommit ? this.#commitWeather : this.#weather;
    const drawn = this.random.next();
    if (drawn < lost) return 'lost';
    if (drawn < lost + unanswered) return 'unanswered';
    return drawn < lost + unanswered + late ? 'late' : null;
  }

  #draw(strength: number): Weather {
    const [lost, unanswered, late] = [this.random.next(), this.random.next(), this.random.next()];
    const all = (lost + unanswered + late) / strength;
    return { lost: lost / all, unanswered: unanswered / all, late: late / all };
  }
}

export type Reply<T> = { readonly resolve: (value: T) => void; readonly reject: (error: unknown) => void };

const NOBODY: Reply<unknown> = { resolve: () => {}, reject: () => {} };

/** A client's end of a session with a server. Each call is a request, an effect and a reply; all can be lost or late. */
export class Connection {
  readonly #world: World;
  readonly #client: Process;
  readonly #closed: () => void;
  #isCut = false;

  /** `closed`: the server notices that the client is gone. */
  constructor(world: World, client: Process, closed: () => void) {
    this.#world = world;
    this.#client = client;
    this.#closed = closed;
    client.connections.add(this);
  }

  call<T>(label: string, effect: (reply: Reply<T>) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const back = (what: string, go: () => void): void =>
        this.#world.soon(this.#client.name, `${label}: ${what}`, () => {
          if (this.#client.isAlive) go();
        });
      const lose = (): void => {
        this.cut();
        back('connection lost', () => reject(new ConnectionLost(`the connection was lost at ${label}`)));
      };
      const fault = this.#isCut ? 'lost' : this.#world.fault(label === 'COMMIT');
      const arrives = `${label} of ${this.#client.name} arrives`;
      if (fault === 'lost') lose();
      else if (fault === 'late') {
        // what was sent stands before the end of the session: the server notices that only afterwards
        this.#isCut = true;
        lose();
        this.#world.timer(`${arrives} late`, () => {
          effect(NOBODY);
          this.#end();
        });
      } else
        this.#world.soon('network', arrives, () =>
          effect({
            resolve: (value) => (fault === null ? back('answer', () => resolve(value)) : lose()),
            reject: (error) =>
              fault !== null || error instanceof ConnectionLost ? lose() : back('error', () => reject(error)),
          }),
        );
    });
  }

  /** The client is gone, or gave up. What it sent may still arrive before the server notices. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#end();
  }

  #end(): void {
    this.#client.connections.delete(this);
    this.#world.soon(
      'network',
      `the server notices that a session of ${this.#client.name} ended`,
      this.#closed,
    );
  }
}
