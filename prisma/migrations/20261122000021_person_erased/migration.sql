-- A person of whom nothing is kept but the id that records name. Never let in again, whatever the application says.
ALTER TABLE "person" ADD COLUMN "erased_at" TIMESTAMPTZ(6);
ALTER TABLE "person" ADD CONSTRAINT "person_erased_check" CHECK ("erased_at" IS NULL OR ("disabled_at" IS NOT NULL AND "email" IS NULL));
