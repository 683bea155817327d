-- People are told of a sign-in link that somebody made for one of them: that is about a person alone.
ALTER TABLE "notification"
    ADD COLUMN "about_person" TEXT,
    DROP CONSTRAINT "notification_about_check",
    ADD CONSTRAINT "notification_about_check" CHECK (
        num_nonnulls("patch_id", "comment_id", "webhook_id", "about_person") = 1
        AND ("incident_id" IS NULL) = ("webhook_id" IS NOT NULL OR "about_person" IS NOT NULL)
    );

-- A webhook that is told everything is told what is new, too.
UPDATE "webhook" SET "events" = "events" || ARRAY['patch.withdrawn', 'patch.expired', 'patch.reopened', 'patch.rolled_back']
WHERE "events" @> ARRAY[
    'patch.proposed', 'patch.changes_requested', 'patch.approved', 'patch.applied', 'patch.failed', 'patch.unknown',
    'patch.verified', 'patch.differs', 'patch.lost', 'patch.undone'
];
