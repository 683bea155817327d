-- JSONB sorts the names in an object; measures have an order that people gave them.
ALTER TABLE "incident" ALTER COLUMN "plan" SET DATA TYPE JSON;
ALTER TABLE "run" ALTER COLUMN "plan" SET DATA TYPE JSON, ALTER COLUMN "summary" SET DATA TYPE JSON;
ALTER TABLE "report" ALTER COLUMN "body" SET DATA TYPE JSON;
