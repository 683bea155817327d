import { expect, it } from 'vitest';
import { answerWords, EVENT_LABELS, eventLabel, standingOf } from '#components/webhooks/words.ts';
import { PATCH_EVENTS } from '#lib/patch/patch-events';

it('has a label of its own for every event', () => {
  expect(Object.keys(EVENT_LABELS)).toEqual([...PATCH_EVENTS]);
  expect(new Set(Object.values(EVENT_LABELS)).size).toBe(PATCH_EVENTS.length);
  expect(eventLabel('test')).toBe('Test message');
});

it('says where a delivery stands, and what was answered', () => {
  expect(standingOf({ state: 'waiting', problem: null }).label).toBe('Waits');
  expect(standingOf({ state: 'waiting', problem: 'No answer within 10 s.' }).tone).toBe('warn');
  expect(standingOf({ state: 'failed', problem: 'x' }).label).toBe('Given up');
  expect(answerWords({ status: 200, problem: null })).toBe('200');
  expect(answerWords({ status: 503, problem: 'It did not take it.' })).toBe('503: It did not take it.');
  expect(answerWords({ status: null, problem: null })).toBe('');
});
