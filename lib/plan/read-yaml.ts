import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
} from 'yaml';
import type { Problem } from '#lib/base/failure';
import type { Entry, Position, Tree } from '#lib/plan/tree';

const LONGEST_CHARACTERS = 1_000_000;
const DEEPEST = 16;
const CORE_TAG = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/;

/**
 * Reads YAML 1.2 (core schema; JSON is YAML) into a tree with places. One document, without aliases, tags and
 * merge keys: a plan says each thing once, and no small file may grow into a large one.
 */
export function readYaml(text: string): {
  readonly tree: Tree | null;
  readonly problems: readonly Problem[];
} {
  if (text.length > LONGEST_CHARACTERS) {
    return {
      tree: null,
      problems: [unreadable(`the plan has ${text.length} characters; at most 1,000,000 are read`)],
    };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines,
  });
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const [error] = document.errors;
  if (error !== undefined) return { tree: null, problems: [unreadable(inWords(error), place(error.pos[0]))] };
  if (document.contents === null) return { tree: null, problems: [unreadable('the plan is empty')] };
  const reader = new YamlReader(place);
  const tree = reader.read(document.contents, 0);
  return { tree: reader.problems.length > 0 ? null : tree, problems: reader.problems };
}

function inWords(error: { readonly code: string; readonly message: string }): string {
  if (error.code === 'RESOURCE_EXHAUSTION') return 'it is nested too deeply';
  if (error.code === 'TAB_AS_INDENT') return 'a tab stands where YAML wants spaces';
  if (error.code === 'BAD_SCALAR_START') return `${error.message}: put the value into quotes`;
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY')
    return `${error.message}: put a value that holds ": " into quotes`;
  return error.message;
}

function unreadable(what: string, at: Position = null): Problem {
  const where = at === null ? '' : ` (line ${at.line}, column ${at.column})`;
  return {
    code: 'plan.unreadable',
    message: `The plan is not readable YAML or JSON: ${what}${where}.`,
    fix: 'Correct the syntax at the named line.',
    ...(at === null ? {} : { at }),
  };
}

class YamlReader {
  readonly problems: Problem[] = [];
  readonly #place: (offset: number) => Position;

  constructor(place: (offset: number) => Position) {
    this.#place = place;
  }

  read(node: Node | ParsedNode | null, depth: number): Tree {
    if (node === null) return { kind: 'nothing', at: null };
    const at = node.range ? this.#place(node.range[0]) : null;
    if (isAlias(node)) return this.#refuse(`an alias (*${node.source}) is not read: write the value out`, at);
    if (node.tag !== undefined && !CORE_TAG.test(node.tag)) {
      return this.#refuse(`the tag ${node.tag} is not known`, at);
    }
    if (depth > DEEPEST) return this.#refuse('it is nested too deeply', at);
    if (isSeq<Node>(node)) {
      return { kind: 'list', at, items: node.items.map((item) => this.read(item, depth + 1)) };
    }
    if (isMap<Node, Node | null>(node)) {
      return { kind: 'map', at, entries: node.items.map((pair) => this.#entry(pair.key, pair.value, depth)) };
    }
    if (isScalar(node)) return scalar(node.value, node.source ?? '', at);
    return this.#refuse('this kind of YAML is not known', at);
  }

  #entry(key: Node, value: Node | null, depth: number): Entry {
    const at = key.range ? this.#place(key.range[0]) : null;
    const tree = this.read(value, depth + 1);
    const placed = tree.at === null ? { ...tree, at } : tree;
    if (isScalar(key) && !isAlias(key)) return { key: key.source ?? String(key.value), at, value: placed };
    this.#refuse('a field name must be plain text', at);
    return { key: '', at, value: placed };
  }

  #refuse(what: string, at: Position): Tree {
    this.problems.push(unreadable(what, at));
    return { kind: 'nothing', at };
  }
}

function scalar(value: unknown, source: string, at: Position): Tree {
  if (value === null) return { kind: 'nothing', at };
  if (typeof value === 'boolean') return { kind: 'boolean', at, value };
  if (typeof value === 'number' || typeof value === 'bigint') return { kind: 'number', at, text: source };
  return { kind: 'text', at, text: String(value) };
}
