-- Each line of the audit is chained to the one before: hash = SHA-256(hash before, content). The content is one JSON text
-- in canonical form (RFC 8785), so it can be told again from an exported file alone.
-- Lines are chained when their transaction commits, by a deferred trigger: the lock that keeps their order is the last that
-- a transaction takes, whatever it does after it wrote the line, so no two transactions can wait for each other over it.
ALTER TABLE "audit" ADD COLUMN "via" TEXT,
ADD COLUMN "address" TEXT,
ADD COLUMN "session" TEXT,
ADD COLUMN "seal" TEXT;
ALTER TABLE "audit" ADD CONSTRAINT "audit_seal_check" CHECK ("seal" ~ '^[0-9a-f]{64}$');

-- The detail stays the text that was hashed: JSONB would write it in another way.
CREATE FUNCTION "canonical_json"("value" JSONB) RETURNS TEXT LANGUAGE plpgsql IMMUTABLE SET search_path FROM CURRENT AS $$
BEGIN
    RETURN CASE jsonb_typeof("value")
        WHEN 'object' THEN '{' || coalesce((SELECT string_agg(to_json(e.k)::text || ':' || "canonical_json"(e.v), ',' ORDER BY e.k COLLATE "C")
                                              FROM jsonb_each("value") AS e(k, v)), '') || '}'
        WHEN 'array' THEN '[' || coalesce((SELECT string_agg("canonical_json"(e.v), ',' ORDER BY e.n)
                                             FROM jsonb_array_elements("value") WITH ORDINALITY AS e(v, n)), '') || ']'
        WHEN 'string' THEN to_json("value" #>> '{}')::text
        ELSE "value"::text
    END;
END;
$$;
ALTER TABLE "audit" ALTER COLUMN "detail" SET DATA TYPE JSON USING "canonical_json"("detail")::json;
DROP FUNCTION "canonical_json"(JSONB);

-- Which chain it is: another database has another one, and an anchor says of which chain it is.
CREATE TABLE "audit_chain" (
    "one" BOOLEAN NOT NULL DEFAULT true,
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_chain_pkey" PRIMARY KEY ("one"),
    CONSTRAINT "audit_chain_one_check" CHECK ("one")
);
INSERT INTO "audit_chain" DEFAULT VALUES;

CREATE TABLE "audit_link" (
    "position" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "prev" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_link_pkey" PRIMARY KEY ("position"),
    CONSTRAINT "audit_link_position_check" CHECK ("position" > 0),
    CONSTRAINT "audit_link_hash_check" CHECK (octet_length("hash") = 32 AND octet_length("prev") = 32)
);

-- CreateIndex
CREATE UNIQUE INDEX "audit_link_seq_key" ON "audit_link"("seq");

-- CreateIndex
CREATE UNIQUE INDEX "audit_link_prev_key" ON "audit_link"("prev");

CREATE FUNCTION "audit_content"("entry" "audit") RETURNS TEXT LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
SELECT '{"action":' || to_json("entry"."action")::text
    || ',"actor":' || to_json("entry"."actor")::text
    || ',"address":' || coalesce(to_json("entry"."address")::text, 'null')
    || ',"at":"' || to_char("entry"."at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '","detail":' || "entry"."detail"::text
    || ',"incident":' || coalesce(to_json("entry"."incident_id")::text, 'null')
    || ',"seal":' || coalesce(to_json("entry"."seal")::text, 'null')
    || ',"seq":' || "entry"."seq"::text
    || ',"session":' || coalesce(to_json("entry"."session")::text, 'null')
    || ',"subject":' || to_json("entry"."subject")::text
    || ',"via":' || coalesce(to_json("entry"."via")::text, 'null') || '}'
$$;

CREATE FUNCTION "chain_audit"("entry" "audit") RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    last_position BIGINT;
    last_hash BYTEA;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('recount.audit_link', 0));
    SELECT l."position", l."hash" INTO last_position, last_hash FROM "audit_link" l ORDER BY l."position" DESC LIMIT 1;
    IF NOT FOUND THEN
        SELECT 0, sha256(convert_to('recount audit ' || c."id", 'UTF8')) INTO STRICT last_position, last_hash FROM "audit_chain" c;
    END IF;
    INSERT INTO "audit_link" ("position", "seq", "prev", "hash")
    VALUES (last_position + 1, "entry"."seq", last_hash, sha256(last_hash || convert_to("audit_content"("entry"), 'UTF8')));
END;
$$;

CREATE FUNCTION "chain_new_audit"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM "chain_audit"(NEW);
    RETURN NULL;
END;
$$;

-- What stands already is chained as it is.
DO $$
DECLARE
    known "audit";
BEGIN
    FOR known IN SELECT * FROM "audit" ORDER BY "seq" LOOP
        PERFORM "chain_audit"(known);
    END LOOP;
END;
$$;

CREATE CONSTRAINT TRIGGER "audit_chained" AFTER INSERT ON "audit" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "chain_new_audit"();
CREATE TRIGGER "audit_link_append_only" BEFORE UPDATE OR DELETE ON "audit_link" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "audit_link_no_truncate" BEFORE TRUNCATE ON "audit_link" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "audit_chain_append_only" BEFORE UPDATE OR DELETE ON "audit_chain" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "audit_chain_no_truncate" BEFORE TRUNCATE ON "audit_chain" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- CreateIndex
CREATE INDEX "audit_actor_seq_idx" ON "audit"("actor", "seq");

-- CreateIndex
CREATE INDEX "audit_action_seq_idx" ON "audit"("action", "seq");

-- What the last look at the chain said.
CREATE TABLE "audit_check" (
    "one" BOOLEAN NOT NULL DEFAULT true,
    "checked_at" TIMESTAMPTZ(6) NOT NULL,
    "result" JSONB NOT NULL,

    CONSTRAINT "audit_check_pkey" PRIMARY KEY ("one"),
    CONSTRAINT "audit_check_one_check" CHECK ("one")
);

-- Heads of the chain that the ledger of a live store has, as compared with the chain.
ALTER TABLE "ledger_check" ADD COLUMN "anchors" JSONB NOT NULL DEFAULT '{}';
