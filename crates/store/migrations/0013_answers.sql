-- Requests of the API that carry an Idempotency-Key claim it before their work begins, outside its transaction.
-- The claim is a lease: when the program dies in the middle, the key is free again at lease_until.
ALTER TABLE idempotency ADD COLUMN lease_token BIGINT NOT NULL DEFAULT 0;
ALTER TABLE idempotency ADD COLUMN lease_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE idempotency ADD COLUMN headers TEXT NOT NULL DEFAULT '[]';
-- False: carried out, and its answer was too long or too secret to keep.
ALTER TABLE idempotency ADD COLUMN is_answer_kept BOOLEAN NOT NULL DEFAULT TRUE;
CREATE INDEX idempotency_created_at ON idempotency (created_at);
