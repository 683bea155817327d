-- What a live store is, whatever its address: rules of approval hold for every record of it.
ALTER TABLE "live_store" ADD COLUMN "identity" TEXT;
