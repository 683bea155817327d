import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import type {
  CalculationView,
  EditionName,
  EditionView,
  TestResult,
  TestView,
  UsedBy,
} from '#lib/calculation/edition';
import { contentSha, EditionContent, readContent } from '#lib/calculation/edition-content';
import { contentToText } from '#lib/calculation/edition-text';
import type { DraftPlan } from '#lib/incident/incident';
import { readProgress, readRecordedError, readState } from '#lib/recovery/runs/run-view';
import { draftOf } from '#lib/recovery/setup/incident-places';
import { isoOf, isoOrNull } from '#lib/recovery/setup/iso';
import { readNames } from '#lib/recovery/setup/people';

/** `result` of a test run's record. */
export const TestResultSchema = z.object({
  cells: z.number(),
  differ: z.number(),
  withoutWindow: z.boolean(),
  rejected: z.number(),
  conflictingIds: z.number(),
  warnings: z.array(z.string()),
}) satisfies z.ZodType<TestResult>;

const named = { select: { number: true, title: true } } as const;
const WITH = {
  editions: {
    orderBy: { number: 'desc' },
    include: {
      incident: named,
      tests: { orderBy: { createdAt: 'desc' }, include: { incident: named } },
      incidents: { orderBy: { number: 'desc' }, select: { id: true, number: true, title: true, plan: true } },
      runs: { select: { incidentId: true } },
    },
  },
} as const;

type Record_ = NonNullable<Awaited<ReturnType<typeof findWhole>>>;
type EditionRecord = Record_['editions'][number];
type NameOf = (id: string) => string;

const findWhole = (store: StoreTransaction, id: string) =>
  store.calculation.findUnique({ where: { id }, include: WITH });

/** A calculation as its page shows it. Failure not_found. */
export async function viewCalculation(store: StoreTransaction, id: string): Promise<CalculationView> {
  const found = await findWhole(store, id);
  if (found === null) throw noCalculation();
  const nameOf = await readNames(store);
  return {
    id,
    name: found.name,
    description: found.description,
    createdBy: nameOf(found.createdBy),
    createdAt: isoOf(found.createdAt),
    retired: retiredView(found, nameOf),
    editions: found.editions.map((edition) => editionView(edition, nameOf)),
    usedBy: found.editions.flatMap(usedBy).sort((a, b) => b.number - a.number),
  };
}

const retiredView = (
  { retiredAt, retiredBy }: Pick<Record_, 'retiredAt' | 'retiredBy'>,
  nameOf: NameOf,
): CalculationView['retired'] =>
  retiredAt === null || retiredBy === null ? null : { by: nameOf(retiredBy), at: isoOf(retiredAt) };

function editionView(edition: EditionRecord, nameOf: NameOf): EditionView {
  const { publishedAt, publishedBy, testId } = edition;
  const content = EditionContent.parse(edition.content);
  return {
    id: edition.id,
    number: edition.number,
    content,
    text: contentToText(content),
    sha256: edition.sha256,
    savedFrom: edition.incident?.number ?? null,
    createdBy: nameOf(edition.createdBy),
    changedAt: isoOf(edition.changedAt),
    published:
      publishedAt === null || publishedBy === null || testId === null
        ? null
        : { by: nameOf(publishedBy), at: isoOf(publishedAt), reason: edition.reason, testId },
    tests: edition.tests.map((test) => testView(test, edition.sha256, nameOf)),
  };
}

const testView = (test: EditionRecord['tests'][number], sha256: string, nameOf: NameOf): TestView => ({
  id: test.id,
  state: readState(test.state),
  isCurrent: test.sha256 === sha256,
  words: readProgress(test.progress)?.words ?? null,
  incident: test.incident,
  stretch: { from: test.stretchFrom, to: test.stretchTo },
  result: TestResultSchema.nullable().parse(test.result),
  error: errorOf(test.error),
  by: nameOf(test.createdBy),
  createdAt: isoOf(test.createdAt),
  finishedAt: isoOrNull(test.finishedAt),
});

function errorOf(recorded: unknown): TestView['error'] {
  const error = readRecordedError(recorded);
  return error === null ? null : { code: error.code, message: error.message, fix: error.fix };
}

const usedBy = (edition: EditionRecord): UsedBy[] =>
  edition.incidents.map(({ id, number, title, plan }) => ({
    number,
    title,
    edition: edition.number,
    isUnchanged: draftSha(draftOf(plan)) === edition.sha256,
    runs: edition.runs.filter(({ incidentId }) => incidentId === id).length,
  }));

/** SHA-256 of what a draft calculates; null while it is no calculation yet. */
export function draftSha(draft: DraftPlan): string | null {
  const { calculation } = draft;
  const { plan } = readContent('any', { calculation, deleted: draft.archive?.fields?.deleted });
  return plan === null ? null : contentSha(plan);
}

/** The name of an edition, and what it calculates. */
export type KnownEdition = EditionName & {
  readonly sha256: string;
  readonly isPublished: boolean;
  /** Its calculation is: nobody takes it any more. */
  readonly isRetired: boolean;
};

/** An edition by its id; null where there is none. */
export async function findEdition(store: StoreTransaction, id: string): Promise<KnownEdition | null> {
  const found = await store.calculationEdition.findUnique({
    where: { id },
    select: {
      number: true,
      sha256: true,
      publishedAt: true,
      calculation: { select: { id: true, name: true, retiredAt: true } },
    },
  });
  if (found === null) return null;
  const { calculation, number, sha256, publishedAt } = found;
  return {
    id,
    calculationId: calculation.id,
    calculation: calculation.name,
    number,
    sha256,
    isPublished: publishedAt !== null,
    isRetired: calculation.retiredAt !== null,
  };
}

/** Holds a calculation until the transaction ends; answers it with its draft, if it has one. Failure not_found. */
export async function holdCalculation(tx: StoreTransaction, id: string) {
  await tx.$queryRaw`select 1 as held from calculation where id = ${id}::uuid for update`;
  const found = await tx.calculation.findUnique({
    where: { id },
    include: { editions: { orderBy: { number: 'desc' } } },
  });
  if (found === null) throw noCalculation();
  const [newest] = found.editions;
  return { ...found, draft: newest !== undefined && newest.publishedAt === null ? newest : null };
}

/** Failure conflict where a held calculation is retired. */
export function refuseRetired({ name, retiredAt }: Awaited<ReturnType<typeof holdCalculation>>): void {
  if (retiredAt === null) return;
  throw new Failure('conflict', `${name} is retired.`, { fix: 'Take it back into use first.' });
}

/** The draft of a held calculation. Failure conflict. */
export function draftOfHeld({ name, draft }: Awaited<ReturnType<typeof holdCalculation>>) {
  if (draft !== null) return draft;
  throw new Failure('conflict', `${name} has no draft.`, {
    fix: 'Reload: it may have been published or discarded meanwhile. Begin a new draft to change it.',
  });
}

const noCalculation = (): Failure =>
  new Failure('not_found', 'There is no such calculation.', { fix: 'Look in the list of calculations.' });
