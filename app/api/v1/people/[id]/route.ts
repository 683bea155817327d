import { handler } from '#lib/recovery/http/http';
import { ChangePersonInput, changePerson } from '#lib/recovery/people/change-person';

export const PATCH = handler(ChangePersonInput, changePerson);
