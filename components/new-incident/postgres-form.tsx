'use client';

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { BoxedNotice } from '#components/new-incident/boxed-notice';
import type { LiveStoreRow } from '#components/new-incident/use-live-stores.ts';
import { type ApiError, apiErrorOf, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { TextField } from '#components/ui/field';
import { SelectField } from '#components/ui/select-field';

const SSL = [
  {
    value: 'verify-full',
    label: 'Encrypted, server proved',
    detail: 'verify-full: the certificate names this host',
  },
  { value: 'verify-ca', label: 'Encrypted, authority proved', detail: 'verify-ca' },
  { value: 'require', label: 'Encrypted, server not proved', detail: 'require' },
  { value: 'disable', label: 'Not encrypted', detail: 'disable: only on this machine or a private network' },
] as const;
type Ssl = (typeof SSL)[number]['value'];

type Fields = {
  name: string;
  host: string;
  port: string;
  database: string;
  user: string;
  password: string;
  ssl: Ssl;
};
type Tested = { ok: boolean; product: string; latencyMs: number; readOnly: boolean };

const EMPTY: Fields = {
  name: '',
  host: '',
  port: '5432',
  database: '',
  user: '',
  password: '',
  ssl: 'verify-full',
};
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

const bodyOf = (fields: Fields) => ({
  kind: 'postgres' as const,
  ...fields,
  name: fields.name.trim() === '' ? `${fields.database} on ${fields.host}` : fields.name.trim(),
  host: fields.host.trim(),
  port: Number(fields.port),
});

/** What can be told of the fields without the server. */
function gapsOf(fields: Fields): Partial<Record<keyof Fields, string>> {
  const gaps: Partial<Record<keyof Fields, string>> = {};
  if (fields.host.trim() === '') gaps.host = 'Name the host, such as db.example.org or 127.0.0.1.';
  if (/[\s,/@]/.test(fields.host.trim())) gaps.host = 'One host name or address, without port, user or path.';
  const port = Number(fields.port);
  if (!/^\d+$/.test(fields.port) || port < 1 || port > 65_535) gaps.port = '1 to 65535.';
  if (fields.database === '') gaps.database = 'Name the database.';
  if (fields.user === '') gaps.user = 'Name the account that reads and, when applying, writes.';
  return gaps;
}

/** A connection to PostgreSQL, field by field: no text in which an option could hide. */
export function PostgresForm({ onSaved }: { onSaved: (store: LiveStoreRow) => void }) {
  const [fields, setFields] = useState<Fields>(EMPTY);
  const [shown, setShown] = useState(false);
  const headingId = useId();
  const test = useMutation({
    mutationFn: () => postJson<Tested>('/api/v1/live-stores/test', bodyOf(fields)),
  });
  const save = useMutation({
    mutationFn: () => postJson<LiveStoreRow>('/api/v1/live-stores', bodyOf(fields)),
    onSuccess: onSaved,
  });
  const gaps = gapsOf(fields);
  const complete = (): boolean => {
    setShown(true);
    return Object.keys(gaps).length === 0;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (complete()) save.mutate();
  };
  return (
    <form onSubmit={submit} noValidate aria-labelledby={headingId} className="grid gap-3.5">
      <h3 id={headingId} className="sr-only">
        PostgreSQL connection
      </h3>
      <AddressFields
        fields={fields}
        errors={{ ...fieldProblems(save.error ?? test.error), ...(shown ? gaps : {}) }}
        onChange={(change) => {
          test.reset();
          save.reset();
          setFields((old) => ({ ...old, ...change }));
        }}
      />
      <TestResult tested={test.data ?? null} error={save.error ?? test.error} />
      <div className="flex flex-wrap gap-2">
        <Button
          icon="database"
          busy={test.isPending}
          busyLabel="Testing"
          onClick={() => {
            if (complete()) test.mutate();
          }}
        >
          Test connection
        </Button>
        <Button type="submit" variant="primary" busy={save.isPending} busyLabel="Saving">
          Use this connection
        </Button>
      </div>
    </form>
  );
}

type AddressFieldsProps = {
  fields: Fields;
  errors: Partial<Record<string, string>>;
  onChange: (change: Partial<Fields>) => void;
};

function AddressFields({ fields, errors, onChange }: AddressFieldsProps) {
  const text = (name: keyof Fields) => ({
    value: fields[name],
    error: errors[name],
    spellCheck: false,
    onValueChange: (value: string) => onChange({ [name]: value }),
  });
  // On this machine's own loopback nobody listens; everywhere else the careful mode is the default.
  const setHost = (host: string) =>
    onChange(
      LOOPBACK.test(host) === LOOPBACK.test(fields.host)
        ? { host }
        : { host, ssl: LOOPBACK.test(host) ? 'disable' : 'verify-full' },
    );
  return (
    <>
      <div className="grid gap-x-4 gap-y-3.5 sm:grid-cols-[minmax(0,1fr)_7rem]">
        <TextField label="Host" {...text('host')} onValueChange={setHost} />
        <TextField label="Port" inputMode="numeric" {...text('port')} />
      </div>
      <div className="grid gap-x-4 gap-y-3.5 sm:grid-cols-2">
        <TextField label="Database" {...text('database')} />
        <SelectField
          label="Encryption"
          options={SSL}
          value={fields.ssl}
          error={errors.ssl}
          onValueChange={(ssl) => onChange({ ssl })}
        />
        <TextField label="User" {...text('user')} />
        <TextField
          label="Password"
          type="password"
          autoComplete="new-password"
          hint="Stored encrypted. It is never shown again."
          {...text('password')}
        />
        <TextField
          label="Name"
          placeholder={fields.database && fields.host ? `${fields.database} on ${fields.host}` : 'Optional'}
          hint="How you call it, for the next incident."
          {...text('name')}
        />
      </div>
    </>
  );
}

function TestResult({ tested, error }: { tested: Tested | null; error: Error | null }) {
  if (error !== null) {
    const { message, fix, code } = apiErrorOf(error);
    return (
      <BoxedNotice tone="danger" role="alert">
        {message} {fix} <code className="text-xs">{code}</code>
      </BoxedNotice>
    );
  }
  if (tested === null) return <div role="status" />;
  const access = tested.readOnly
    ? 'The account can only read: previews work, an apply will need one that may write.'
    : 'The account may write, which an apply needs. Nothing is written before that.';
  return (
    <BoxedNotice tone={tested.readOnly ? 'warn' : 'ok'} role="status">
      Connected in {Math.round(tested.latencyMs)} ms. {tested.product}. {access}
    </BoxedNotice>
  );
}

/** The server's problems by the field that they name. */
function fieldProblems(error: Error | null): Partial<Record<string, string>> {
  const problems = error === null ? undefined : (apiErrorOf(error) satisfies ApiError).details.problems;
  if (!Array.isArray(problems)) return {};
  return Object.fromEntries(
    problems.flatMap((problem: unknown) =>
      typeof problem === 'object' && problem !== null && 'path' in problem && 'message' in problem
        ? [[String(problem.path), String(problem.message)] as const]
        : [],
    ),
  );
}
