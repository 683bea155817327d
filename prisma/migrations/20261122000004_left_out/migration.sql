-- Rows that the operator leaves out of a run's patch, each with its reason. A patch without them has files of its own.
CREATE TABLE "run_left_out" (
    "run_id" UUID NOT NULL,
    "row" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "run_left_out_pkey" PRIMARY KEY ("run_id","row")
);
ALTER TABLE "run_left_out" ADD CONSTRAINT "run_left_out_reason_check" CHECK (btrim("reason") <> '');

-- AddForeignKey
ALTER TABLE "run_left_out" ADD CONSTRAINT "run_left_out_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "patch" ADD COLUMN "dir" TEXT;
