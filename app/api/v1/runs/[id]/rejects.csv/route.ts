import { handler } from '#lib/recovery/http';
import { downloadRunFile, RunFileInput } from '#lib/recovery/read-run-files';

export const GET = handler(RunFileInput, downloadRunFile('rejects'));
