'use client';

import { ErrorLine } from '#components/access/error-line';
import {
  useChangeNotificationSettings,
  useNotificationSettings,
} from '#components/notifications/use-notifications.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody } from '#components/ui/card';
import { Checkbox } from '#components/ui/choice';
import { SkeletonRows } from '#components/ui/loading';
import { PageHeader } from '#components/ui/page';
import { ErrorState } from '#components/ui/states';
import { CHOSEN_KINDS, type ChosenKind } from '#lib/incident/notification';

const WORDS: Readonly<Record<ChosenKind, { label: string; hint: string }>> = {
  mentioned: { label: 'Somebody mentions you', hint: 'In a comment on a preview or on a row.' },
  comment: { label: 'Comments', hint: 'On your previews, and in threads that you wrote in.' },
  approval_wanted: { label: 'A patch waits for approval', hint: 'Where your role may approve it.' },
  changes_requested: { label: 'Changes to your patch are asked for', hint: 'It is withdrawn then.' },
  approved: { label: 'Your patch is approved', hint: 'By each of those who approve it.' },
  reopened: {
    label: 'A patch waits for approval again',
    hint: 'An approval expired, or does not count any more.',
  },
  withdrawn: {
    label: 'A patch is withdrawn',
    hint: 'One that you prepared, approved or were asked to approve.',
  },
  applied: { label: 'A patch is written', hint: 'One that you prepared, approved or applied.' },
  failed: { label: 'A patch could not be written', hint: 'Nothing of it was.' },
  rolled_back: { label: 'An apply was cancelled', hint: 'Nothing of it was written.' },
  unknown: { label: 'The outcome of a patch is unknown', hint: 'The connection was lost at the commit.' },
  stale: { label: 'A patch is out of date', hint: 'Live rows had changed, so nothing was written.' },
  alarm: { label: 'Written rows are wrong again', hint: 'A later comparison found that they changed.' },
  not_delivered: {
    label: 'A webhook’s message was given up',
    hint: 'If you are an admin: its receiver did not take it, however often it was tried.',
  },
};

/** What the person wants to be told in the page. Each choice is kept at once. */
export function NotificationSettingsPage() {
  const settings = useNotificationSettings();
  const change = useChangeNotificationSettings();
  const off = change.isPending ? change.variables : settings.data?.off;
  return (
    <>
      <PageHeader title="Notifications" size="xl" />
      <ErrorLine error={change.error} />
      <Card aria-label="What you are told">
        {off === undefined ? (
          settings.isError ? (
            <ErrorState
              compact
              error={apiErrorOf(settings.error)}
              actions={<Button onClick={() => void settings.refetch()}>Try again</Button>}
            />
          ) : (
            <SkeletonRows rows={6} label="Reading what you are told" />
          )
        ) : (
          <CardBody>
            <fieldset className="grid gap-3">
              <legend className="mb-3 text-pretty text-text-2">
                You are told in the page, behind the bell. What is off is not kept for later.
              </legend>
              {CHOSEN_KINDS.map((kind) => (
                <Checkbox
                  key={kind}
                  label={WORDS[kind].label}
                  hint={WORDS[kind].hint}
                  checked={!off.includes(kind)}
                  disabled={change.isPending}
                  onCheckedChange={(checked) =>
                    change.mutate(checked ? off.filter((one) => one !== kind) : [...off, kind])
                  }
                />
              ))}
            </fieldset>
          </CardBody>
        )}
      </Card>
    </>
  );
}
