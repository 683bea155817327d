import {
  PieceInput,
  readUpload,
  receivePiece,
  removeUpload,
  UploadInput,
} from '#lib/recovery/archives/receive-upload';
import { handler } from '#lib/recovery/http/http';

export const GET = handler(UploadInput, readUpload);
export const PUT = handler(PieceInput, receivePiece, { body: 'raw' });
export const DELETE = handler(UploadInput, removeUpload, { body: 'raw' });
