type Deed = {
  /** Follows “may”: `Approve or send back patches of others`. */
  readonly words: string;
  readonly permissions: readonly [string, ...string[]];
};
type DeedGroup = { readonly title: string; readonly deeds: readonly Deed[] };

const deed = (words: string, ...permissions: Deed['permissions']): Deed => ({ words, permissions });

/**
 * What a role may do, in words, in the order of a recovery. permission-words.test.ts holds it to the server's own table:
 * every permission stands here once, and those of one line have the same least role and the same way of being used.
 */
export const DEEDS: readonly DeedGroup[] = [
  {
    title: 'Look and talk',
    deeds: [
      deed('Read incidents, previews, patches and reports', 'incident.read', 'report.read'),
      deed('Read calculations and the audit', 'calculation.read', 'audit.read'),
      deed(
        'See which live stores there are, and the rules of approval and retention',
        'live_store.list',
        'policy.read',
        'retention.read',
      ),
      deed('Comment and mention others', 'comment.write', 'people.list'),
      deed('See one’s own profile and notifications', 'me.read', 'notification.own'),
      deed('Change one’s own sign-in, and make tokens', 'me.change', 'token.own'),
    ],
  },
  {
    title: 'Prepare a correction',
    deeds: [
      deed('Open incidents, set them up and close them', 'incident.change'),
      deed('Look into archives and upload files', 'archive.browse', 'archive.change'),
      deed('Add live stores and read their tables', 'live_store.use', 'live_store.change'),
      deed('Test the connection to a live store', 'live_store.test'),
      deed('Write and test drafts of calculations', 'calculation.change'),
      deed('Preview, and leave rows out', 'run.change'),
      deed('Send a patch or an undo for review', 'patch.propose'),
      deed('Rehearse a patch', 'patch.rehearse'),
    ],
  },
  {
    title: 'Write it',
    deeds: [
      deed('Apply, withdraw or export a patch that is approved', 'patch.apply'),
      deed('Compare corrected rows again and settle alarms', 'patch.verify'),
      deed('Share a report by link', 'report.share'),
    ],
  },
  {
    title: 'Decide',
    deeds: [
      deed('Approve patches of others or ask for changes', 'patch.approve', 'patch.request_changes'),
      deed('Let a blocked preview through, with a reason', 'run.override'),
      deed('Publish and retire calculations', 'calculation.publish', 'calculation.retire'),
    ],
  },
  {
    title: 'Run the installation',
    deeds: [
      deed('See everybody’s e-mail, sign-ins and invitations', 'people.read'),
      deed('Invite people, change roles, end sessions', 'people.change'),
      deed('See and end everybody’s tokens', 'token.all'),
      deed(
        'Change the rules of approval and retention, and webhooks',
        'policy.change',
        'retention.change',
        'webhook.change',
      ),
      deed(
        'Erase incidents and people, and delete comments',
        'incident.erase',
        'person.erase',
        'comment.delete_any',
      ),
      deed('Acknowledge audit entries lost in a restore', 'audit.acknowledge'),
      deed('Read health in detail, and metrics', 'health.details', 'metrics.read'),
    ],
  },
];
