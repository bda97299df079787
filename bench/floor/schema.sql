-- The least that a durable inbox with a routing log and an outbox must write, without any of the product's
-- richness: what five plain statements per message cost on this server.
DROP SCHEMA IF EXISTS floor CASCADE;
CREATE SCHEMA floor;
CREATE TABLE floor.channel (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    number int NOT NULL UNIQUE,
    brand int NOT NULL,
    medium text NOT NULL
);
CREATE TABLE floor.thread (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    brand int NOT NULL,
    channel_id uuid NOT NULL REFERENCES floor.channel,
    medium text NOT NULL,
    contact text NOT NULL,
    status text NOT NULL DEFAULT 'open',
    messages int NOT NULL DEFAULT 0,
    last_message_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX ON floor.thread (brand, medium, contact) WHERE status = 'open';
CREATE INDEX ON floor.thread (channel_id, status, last_message_at DESC);
CREATE TABLE floor.message (
    id uuid PRIMARY KEY,
    thread_id uuid REFERENCES floor.thread,
    channel_id uuid NOT NULL REFERENCES floor.channel,
    external_id text NOT NULL UNIQUE,
    sender text NOT NULL,
    body text NOT NULL,
    raw jsonb NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON floor.message (thread_id, sent_at);
CREATE TABLE floor.log (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    message_id uuid NOT NULL REFERENCES floor.message,
    thread_id uuid NOT NULL REFERENCES floor.thread,
    source_id uuid NOT NULL REFERENCES floor.channel,
    target_id uuid NOT NULL REFERENCES floor.channel,
    reason text,
    confidence numeric(3, 2),
    rules jsonb,
    keywords jsonb,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON floor.log (message_id);
CREATE INDEX ON floor.log (target_id, created_at);
CREATE TABLE floor.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    thread_id uuid NOT NULL,
    message_id uuid NOT NULL,
    payload jsonb NOT NULL,
    state smallint NOT NULL DEFAULT 0,
    available_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON floor.outbox (available_at) WHERE state = 0;
INSERT INTO floor.channel (number, brand, medium)
SELECT number, number % 5, CASE WHEN number % 2 = 0 THEN 'whatsapp' ELSE 'email' END
  FROM generate_series(1, 50) AS number;
ANALYZE;
