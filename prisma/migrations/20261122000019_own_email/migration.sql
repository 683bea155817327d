-- Until now every e-mail came of an invitation, or was the first admin's own. From now on people change theirs, and an
-- e-mail that its person gave is not what a provider's word for one is compared with.
UPDATE "person" SET "email_verified" = true WHERE "email" IS NOT NULL;
