import { type APIRequestContext, expect } from '@playwright/test';
import type { IncidentView } from '#lib/incident/incident';
import type { PatchView } from '#lib/patch/patch';
import type { RunView } from '#lib/replay/run';

/** Windows of the sample: where the worker failed, and one beside it. */
export const FAILED = {
  from: '2026-11-21T12:02:00Z',
  to: '2026-11-21T12:34:00Z',
  clock: 'ingested',
} as const;
export const SHORTER = {
  from: '2026-11-21T12:02:00Z',
  to: '2026-11-21T12:10:00Z',
  clock: 'ingested',
} as const;

type Window = { readonly from: string; readonly to: string; readonly clock: string };

/** Takes the steps of an operator by the API, so that a test begins where it is about. */
export function operator(client: APIRequestContext) {
  const get = async <T>(path: string): Promise<T> => {
    const answer = await client.get(`/api/v1${path}`);
    expect(answer.ok(), `GET ${path}: ${answer.status()}`).toBe(true);
    return answer.json();
  };
  const post = async <T>(path: string, data: object = {}): Promise<T> => {
    const answer = await client.post(`/api/v1${path}`, { data });
    if (!answer.ok()) throw new Error(`POST ${path}: ${answer.status()} ${await answer.text()}`);
    return answer.json();
  };
  const until = async <T>(path: string, there: (view: T) => boolean): Promise<T> => {
    let view = await get<T>(path);
    await expect
      .poll(
        async () => {
          view = await get<T>(path);
          return there(view);
        },
        { timeout: 60_000, message: `waiting for ${path}` },
      )
      .toBe(true);
    return view;
  };

  /** The sample with its archive read and its live rows faulty. Answers its reference. */
  const openSample = async (): Promise<string> => {
    const { number } = await post<IncidentView>('/samples/points');
    await post('/samples/points/reset');
    await until<IncidentView>(`/incidents/INC-${number}`, (view) => view.survey?.state === 'done');
    return `INC-${number}`;
  };
  const draft = (title: string) => post<IncidentView>('/incidents', { title });
  const startPreview = (incident: string, window: Window) =>
    post<RunView>(`/incidents/${incident}/previews`, { window });
  const preview = async (incident: string, window: Window): Promise<RunView> => {
    const { id } = await startPreview(incident, window);
    const run = await until<RunView>(`/runs/${id}`, ({ state }) => state !== 'queued' && state !== 'running');
    expect(run.state).toBe('done');
    return run;
  };
  /** A patch that waits for approval. */
  const propose = async (incident: string, window: Window): Promise<PatchView> =>
    post<PatchView>(`/runs/${(await preview(incident, window)).id}/patches`);
  const approve = ({ id, seal }: PatchView) =>
    post<PatchView>(`/patches/${id}/approve`, { seal, reason: 'Compared with the log of the worker.' });
  const apply = async ({ id, seal, target }: PatchView): Promise<PatchView> => {
    await post(`/patches/${id}/apply`, { seal, confirm: target });
    return until<PatchView>(`/patches/${id}`, ({ state }) => state === 'verified');
  };
  const share = async (incident: string): Promise<string> =>
    (await post<{ url: string }>(`/incidents/${incident}/shares`, { days: 1, maskKeys: false })).url;
  return { openSample, draft, startPreview, preview, propose, approve, apply, share };
}
