import { handler } from '#lib/recovery/http/http';
import { ErasePersonInput, erasePerson } from '#lib/recovery/people/erase-person';

export const POST = handler(ErasePersonInput, erasePerson);
