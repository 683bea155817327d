const INSPECT = Symbol.for('nodejs.util.inspect.custom');
const WORDS = '[secret]';

/** A value that must not be printed: what writes it by accident writes `[secret]`. Only `reveal` gives it out. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return WORDS;
  }

  toJSON(): string {
    return WORDS;
  }

  [INSPECT](): string {
    return WORDS;
  }
}
