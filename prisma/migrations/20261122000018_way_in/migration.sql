-- Who made a link; null: Recount, for who may run its commands on the machine. Those of before say nothing of it: they end.
DELETE FROM "sign_in_link" WHERE "used_at" IS NULL;
ALTER TABLE "sign_in_link" ADD COLUMN "made_by" TEXT;

-- Who made the link that a session began by, until its person shows by a way of their own who they are.
ALTER TABLE "session" ADD COLUMN "link_by" TEXT;
