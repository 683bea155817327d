import { handler } from '#lib/recovery/http/http';
import { downloadRunFile, RunFileInput } from '#lib/recovery/runs/read-run-files';

export const GET = handler(RunFileInput, downloadRunFile('conflicts'));
