// biome-ignore-all format: a table; one code a line
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a plan writes ${NAME}
/** Exit codes of the command line, as in docs/recovery-plan.md section 5. */
export const EXIT = {
  done: 0,
  fault: 1,
  invalid: 2,
  differs: 3,
  refused: 4,
  unreadable: 5,
  unknown: 6,
} as const;

type Entry = {
  readonly exit: 1 | 2 | 4 | 5 | 6;
  readonly http: number;
  readonly what: string;
  readonly fix: string;
};

/**
 * Every error code of Recount, in one place. A code never changes its meaning; docs/errors.md is made from
 * this table. `what` says when it happens, `fix` is the default advice (a caller may give a better one).
 */
export const CODES = {
  // the command and the plan
  'command.invalid': { exit: 2, http: 400, what: 'The command or its options are wrong.', fix: 'See `recount --help`.' },
  'request.invalid': { exit: 2, http: 400, what: 'A request has a wrong or missing field.', fix: 'Correct the named field and send it again.' },
  'env.invalid': { exit: 2, http: 500, what: 'A setting in the environment is wrong.', fix: 'Correct the named variable and start again.' },
  'plan.unreadable': { exit: 2, http: 400, what: 'The plan is not readable YAML or JSON.', fix: 'Correct the syntax at the named line.' },
  'plan.invalid': { exit: 2, http: 422, what: 'The plan has several problems.', fix: 'Correct each of the listed problems.' },
  'plan.field.unknown': { exit: 2, http: 422, what: 'The plan has a field that does not exist.', fix: 'Remove it or use the suggested name.' },
  'plan.field.missing': { exit: 2, http: 422, what: 'A field that the plan needs is missing.', fix: 'Add the named field.' },
  'plan.field.invalid': { exit: 2, http: 422, what: 'A field of the plan has a value that is not allowed.', fix: 'Use one of the allowed values.' },
  'plan.field.duplicate': { exit: 2, http: 422, what: 'A field stands twice in the plan.', fix: 'Keep one of the two.' },
  'plan.env.missing': { exit: 2, http: 422, what: 'The plan names an environment variable that is not set.', fix: 'Set the variable and run the command again.' },
  'plan.secret': { exit: 2, http: 422, what: 'A password is written into the plan.', fix: 'Put it into an environment variable and write ${NAME} in the plan.' },
  'plan.window.reversed': { exit: 2, http: 422, what: 'The window ends at or before its start.', fix: 'Make `to` later than `from`; the window is half-open.' },
  'plan.archive.timezone': { exit: 2, http: 422, what: 'Archived times have no offset and the plan names no zone.', fix: 'Set `archive.timezone`, for example `timezone: UTC`.' },
  'plan.archive.ingested_required': { exit: 2, http: 422, what: 'The window goes by arrival time, and no arrival column is mapped.', fix: 'Map `archive.fields.ingested`, or use `clock: time`.' },
  'plan.archive.deleted': { exit: 2, http: 422, what: '`deleted` is given for a state that has no tombstones.', fix: 'Use `fields.deleted` with state `latest` only.' },
  'plan.column.unknown': { exit: 2, http: 422, what: 'The plan names a column that is not there.', fix: 'Use one of the listed columns.' },
  'plan.types_needed': { exit: 2, http: 422, what: 'An expression does not fit the types of its columns.', fix: 'Declare the column under `archive.types`, or correct the expression.' },
  'plan.expression.syntax': { exit: 2, http: 422, what: 'An expression cannot be parsed.', fix: 'Correct the expression at the named place.' },
  'plan.expression.not_allowed': { exit: 2, http: 422, what: 'An expression uses something that a calculation may not use.', fix: "Use functions of the event's own columns only; docs/expressions.md lists them." },
  'plan.expression.aggregate': { exit: 2, http: 422, what: 'An aggregate is missing or stands where none may.', fix: 'Measures aggregate; keys, `where` and `deleted` do not.' },
  'plan.calculation.not_mergeable': { exit: 2, http: 422, what: 'Two versions of the calculation aggregate differently.', fix: 'Keep the aggregates equal, or leave a version out of the plan.' },
  'plan.calculation.version': { exit: 2, http: 422, what: 'The versions of the calculation are not in order, or one is missing.', fix: 'Give every version but the first a later `since`.' },
  'plan.measure.not_representable': { exit: 2, http: 422, what: "A recalculated value does not fit the live column's type.", fix: 'Round it in the measure, for example `round(avg(value), 2)`.' },
  'plan.live.column_unknown': { exit: 2, http: 422, what: 'A key, bucket or measure is no column of the live table.', fix: 'Use one of the listed columns.' },
  'plan.live.type': { exit: 2, http: 422, what: 'A live column has a type that Recount cannot compare or write exactly.', fix: 'Use another column, or change its type.' },
  'plan.live.keys_differ': { exit: 2, http: 422, what: 'The keys of the calculation are not those of the live table.', fix: 'Name the same keys in `calculation.versions` and in `live.keys`.' },
  'plan.live.baseline_required': { exit: 2, http: 422, what: 'A running state needs a baseline.', fix: 'Give `live.baseline` an instant and a table, or `none` where the archive holds every event there ever was.' },
  'plan.live.baseline.not_mergeable': { exit: 2, http: 422, what: 'A measure cannot be added to a baseline.', fix: 'Use sum, count, min, max or last, or `baseline: none`.' },
  'plan.live.baseline.after_window': { exit: 2, http: 422, what: 'The baseline lies after the start of the window.', fix: 'Use a baseline from before the window.' },
  'plan.control.window_state': { exit: 2, http: 422, what: 'A control stretch is given for the state `window`.', fix: 'Remove `control`, or use another state.' },
  'plan.control.reversed': { exit: 2, http: 422, what: 'The control stretch ends at or before its start.', fix: 'Make `control.to` later than `control.from`; the stretch is half-open.' },
  'plan.compare.tolerance': { exit: 2, http: 422, what: 'A tolerance is given for an exact type.', fix: 'Tolerances are for floats only; remove it.' },
  // calculation at run time
  'calculation.division_by_zero': { exit: 2, http: 422, what: 'An expression divides by zero.', fix: 'Guard the divisor, for example with `nullif(x, 0)`.' },
  'calculation.out_of_range': { exit: 2, http: 422, what: 'A value or a sum does not fit its type.', fix: 'Declare a wider type under `archive.types`.' },
  'calculation.failed': { exit: 2, http: 422, what: 'An expression failed on an event.', fix: 'Correct the expression; the message names the cause.' },
  // the archive
  'archive.not_found': { exit: 5, http: 422, what: "No file is there under the archive's path.", fix: 'Check the path or glob; relative paths are relative to the plan.' },
  'archive.outside_roots': { exit: 5, http: 403, what: 'The path lies outside the folders that may be read.', fix: 'Use a path under one of the configured roots.' },
  'archive.unreadable': { exit: 5, http: 422, what: 'A file of the archive cannot be read to its end.', fix: 'Get the file again from its source; nothing of it was used.' },
  'archive.format': { exit: 5, http: 422, what: 'A file is not of the format that its plan or name says.', fix: 'Correct `archive.format`, or remove the file.' },
  'archive.schema': { exit: 5, http: 422, what: "Files of the archive do not agree in a column's type or name.", fix: 'Declare the column under `archive.types`, or leave the file out.' },
  'archive.limit': { exit: 5, http: 413, what: 'A file is larger than the configured limit.', fix: 'Raise the named limit if you trust the file.' },
  'archive.changed': { exit: 4, http: 409, what: 'A file of the archive changed since it was read.', fix: 'Preview again.' },
  'archive.unbalanced': { exit: 1, http: 500, what: 'The records do not balance; this is a fault of Recount.', fix: 'Please report it with the plan and the counts.' },
  // the live store
  'secret.lost': { exit: 5, http: 409, what: 'A stored password cannot be opened with the key that is there.', fix: 'Bring the key back (RECOUNT_SECRET_KEY_FILE), or enter the password of the live store again.' },
  'live.unreachable': { exit: 5, http: 502, what: 'The live store cannot be reached or refuses the sign-in.', fix: 'Check address, account and network.' },
  'live.forbidden': { exit: 4, http: 422, what: 'Live stores may not be at this host.', fix: 'Name another host, or have this one listed in RECOUNT_LIVE_HOSTS.' },
  'live.not_found': { exit: 5, http: 422, what: 'The live table or file is not there.', fix: 'Check its name and schema.' },
  'live.unreadable': { exit: 5, http: 422, what: 'The live store cannot be read.', fix: 'Check the rights of the account and the file.' },
  'live.value_unreadable': { exit: 5, http: 422, what: 'A live value does not fit its type.', fix: 'Correct the value at the named place.' },
  'live.key_not_unique': { exit: 4, http: 409, what: 'A key occurs twice in the live table.', fix: 'Name all key columns, or remove the extra rows.' },
  'live.ledger_required': { exit: 4, http: 409, what: 'The ledger is missing and this account may not create it.', fix: 'Have a DBA run the script that `recount ledger PLAN` prints.' },
  'live.not_writable': { exit: 4, http: 409, what: 'The live table cannot be patched (a view, a replica, a foreign table …).', fix: 'Point at the table itself on the primary.' },
  'live.schema_changed': { exit: 4, http: 409, what: 'The live table changed its columns since the preview.', fix: 'Preview again.' },
  'live.locked': { exit: 4, http: 409, what: 'Rows are locked by another session for too long.', fix: 'Wait for the other session and apply again; nothing was written.' },
  // the patch
  'patch.blocked': { exit: 4, http: 409, what: 'Something blocks the patch.', fix: 'Settle what is listed under `blocked_by`, then preview again.' },
  'patch.seal': { exit: 4, http: 409, what: 'The seal is not the seal of this patch.', fix: 'Use the seal that the preview shows.' },
  'patch.damaged': { exit: 4, http: 409, what: "The patch's files do not match its seal.", fix: 'Preview again.' },
  'patch.stale': { exit: 4, http: 409, what: 'Live rows changed since the preview; nothing was written.', fix: 'Preview again.' },
  'patch.target_changed': { exit: 4, http: 409, what: 'The live store is not the one that was previewed.', fix: 'Point at the previewed store, or preview again.' },
  'patch.target_refused': { exit: 4, http: 409, what: 'The live store refused a row; everything was rolled back.', fix: "Leave the row out or correct the cause; the message has the database's words." },
  'patch.undone': { exit: 4, http: 409, what: 'The patch was undone and is not applied again.', fix: 'The same plan, archive and rows give the same seal, which stays refused. Correct what made you undo it, in the plan or the archive, and preview: another seal can be applied.' },
  'patch.undone_otherwise': { exit: 4, http: 409, what: 'Another undo put the patch back first, and not the same rows; this one wrote nothing.', fix: 'Preview again: it shows what is still wrong.' },
  'patch.not_applied': { exit: 4, http: 409, what: 'The patch was not applied.', fix: 'Apply it first.' },
  'patch.export': { exit: 4, http: 409, what: 'The patch cannot be handed out as an SQL file.', fix: 'Apply it with Recount.' },
  'rehearsal.timeout': { exit: 4, http: 409, what: 'A rehearsal would have held locks for longer than its limit and was given up.', fix: 'Rehearse at a quieter time, or with a longer limit; nothing was written.' },
  'patch.unknown': { exit: 6, http: 503, what: 'The connection was lost at commit; the outcome is not settled yet.', fix: 'Run it again: it settles the outcome and never writes twice.' },
  'patch.state': { exit: 4, http: 409, what: 'The patch is in a state that does not allow this.', fix: 'Reload; someone may have acted before you.' },
  'patch.not_approved': { exit: 4, http: 409, what: 'The patch has no valid approval.', fix: 'Have it approved first.' },
  'patch.own': { exit: 4, http: 403, what: 'Nobody approves what they prepared themselves.', fix: 'Ask another person whose role is approver. Where one person works alone, an admin can allow self-approval in Settings › Policies.' },
  'patch.overlap': { exit: 4, http: 409, what: 'Another patch has the same rows of the live store.', fix: 'Settle or withdraw the named patch first.' },
  'patch.nothing': { exit: 4, http: 409, what: 'There is nothing to write.', fix: 'No step is needed: all compared rows match.' },
  'data.erased': { exit: 4, http: 410, what: 'The files were erased, by an admin or by a retention rule.', fix: 'The report and the audit remain. What is needed again is previewed anew.' },
  'run.incomplete': { exit: 2, http: 409, what: 'The folder does not hold a finished preview.', fix: 'Run `preview` first.' },
  'run.cancelled': { exit: 1, http: 409, what: 'The run was cancelled.', fix: 'Start it again when you are ready.' },
  // the audit
  'audit.unreadable': { exit: 5, http: 409, what: 'A file of the audit cannot be read.', fix: 'Use a file that Recount wrote, unchanged. A damaged audit-head.json of the data folder: keep a copy for the question why, then remove it.' },
  // webhooks
  'webhook.refused': { exit: 4, http: 422, what: 'Recount does not send to the address of this webhook.', fix: 'Use https, and have its host listed in RECOUNT_WEBHOOK_HOSTS; docs/webhooks.md says how.' },
  // the server
  'backup.damaged': { exit: 5, http: 422, what: 'A backup cannot be used: it breaks off, or is not as it was written.', fix: 'Use another backup.' },
  'backup.newer': { exit: 4, http: 409, what: 'A backup was made by a newer Recount.', fix: 'Restore it with that version, or a later one.' },
  'restore.not_empty': { exit: 4, http: 409, what: 'Something lies where a backup is to be restored.', fix: 'Restore into an empty folder and, with DATABASE_URL, an empty database.' },
  'restore.wrong_key': { exit: 4, http: 409, what: 'The passwords in a backup were sealed with another key than the one that is given.', fix: 'Give the key that the message names; or restore without one, and enter the passwords of the live stores again.' },
  'restore.unfinished': { exit: 4, http: 409, what: 'A restore into this data folder did not come to its end.', fix: 'Remove the folder and restore again.' },
  'server.node': { exit: 1, http: 500, what: 'Recount runs on a Node that is too old.', fix: 'Run `npm ci` again without --ignore-scripts; it brings Node 24.' },
  'server.postgres': { exit: 1, http: 500, what: 'The embedded PostgreSQL cannot be started.', fix: 'The message has its last lines; or set DATABASE_URL to a PostgreSQL of your own.' },
  'server.database': { exit: 1, http: 503, what: "The database of Recount's own records cannot be reached or used.", fix: 'Check DATABASE_URL and that the server runs.' },
  'server.busy': { exit: 1, http: 503, what: "All connections to the database of Recount's own records are in use.", fix: 'Try again in a moment; if it repeats, let that server take more connections.' },
  'server.contended': { exit: 1, http: 503, what: 'Others changed the same at the same moment, several times in a row; nothing was changed.', fix: 'Try again in a moment.' },
  'server.running': { exit: 1, http: 409, what: 'Recount runs already on this data folder.', fix: 'Use the running one, or set RECOUNT_DATA_DIR to another folder.' },
  'server.port_taken': { exit: 1, http: 500, what: 'Another program listens on the port.', fix: 'End it, or set PORT to another number.' },
  'server.build': { exit: 1, http: 500, what: 'The pages cannot be built.', fix: 'The lines above say why.' },
  'server.fault': { exit: 1, http: 500, what: 'A fault of Recount itself.', fix: 'Try again; if it repeats, report it with the request id.' },
  'access.signed_out': { exit: 4, http: 401, what: 'Nobody is signed in.', fix: 'Sign in and try again.' },
  'access.forbidden': { exit: 4, http: 403, what: 'Your role, or the scope of your token, does not allow this.', fix: 'Ask someone whose role allows it, or an admin for that role.' },
  'access.sign_in_failed': { exit: 4, http: 401, what: 'The sign-in failed.', fix: 'Check e-mail and password. If you are sure of both, ask an admin whether your access still stands.' },
  'work.too_much': { exit: 4, http: 429, what: 'One person has too much under way at once.', fix: 'Wait until some of it is done, or cancel what is not needed.' },
  'access.too_many': { exit: 4, http: 429, what: 'There were too many tries to sign in.', fix: 'Wait 15 minutes, then try again.' },
  'access.link_used': { exit: 4, http: 410, what: 'The link was used already, has expired or was withdrawn.', fix: 'Ask an admin for a new one; on the machine itself, run `npm run -s recount -- sign-in-link`.' },
  'access.prove': { exit: 4, http: 403, what: 'This needs a fresh proof of who you are.', fix: 'Enter your password or use your passkey again.' },
  'access.provider': { exit: 4, http: 502, what: 'The provider that people sign in with cannot be used.', fix: 'Sign in with a password or passkey, or try again later; an admin finds the reason in the log.' },
  'access.last_admin': { exit: 4, http: 409, what: 'This would leave nobody who administers Recount.', fix: 'Make someone else an admin first.' },
  'request.forbidden': { exit: 2, http: 403, what: 'A request comes from another origin or host.', fix: 'Open Recount at the address that it printed.' },
  'request.too_large': { exit: 2, http: 413, what: 'A request is larger than allowed.', fix: 'Send less at once.' },
  'engine.crashed': { exit: 1, http: 500, what: 'The DuckDB process ended unexpectedly.', fix: 'Try again; if it repeats, the message names the input.' },
  'engine.memory': { exit: 1, http: 507, what: 'The run needs more memory or disk than it may use.', fix: 'Raise RECOUNT_MEMORY_LIMIT, or choose a smaller window.' },
  'disk.full': { exit: 1, http: 507, what: 'The disk is full.', fix: 'Free space in the data folder and try again.' },
  'upload.mismatch': { exit: 2, http: 422, what: 'An upload is not what was declared (size or SHA-256).', fix: 'Upload the file again.' },
  not_found: { exit: 2, http: 404, what: 'There is no such thing.', fix: 'Check the address.' },
  conflict: { exit: 4, http: 409, what: 'Someone else changed this first.', fix: 'Reload and try again.' },
  'share.expired': { exit: 4, http: 410, what: 'The share link expired or was revoked.', fix: 'Ask the operator for a new one.' },
} as const satisfies Record<string, Entry>;

export type Code = keyof typeof CODES;
