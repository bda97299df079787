\set channel random(1, :channels)
\set contact random(1, 100000)
\set high random(1, 1000000000000)
\set low random(1, 1000000000000)
BEGIN;
INSERT INTO floor.message (id, channel_id, external_id, sender, body, raw)
SELECT md5(:high || '.' || :low)::uuid, channel.id, 'wamid.' || :high || '.' || :low, '316' || :contact,
       ':text', ':payload'::jsonb
  FROM floor.channel WHERE number = :channel
    ON CONFLICT (external_id) DO NOTHING;
INSERT INTO floor.thread (brand, channel_id, medium, contact, messages)
SELECT brand, id, medium, '316' || :contact, 1 FROM floor.channel WHERE number = :channel
    ON CONFLICT (brand, medium, contact) WHERE status = 'open'
       DO UPDATE SET messages = thread.messages + 1, last_message_at = now();
UPDATE floor.message
   SET thread_id = (SELECT thread.id FROM floor.thread
                      JOIN floor.channel ON channel.brand = thread.brand AND channel.medium = thread.medium
                     WHERE channel.number = :channel AND thread.contact = '316' || :contact
                       AND thread.status = 'open')
 WHERE id = md5(:high || '.' || :low)::uuid;
INSERT INTO floor.log (message_id, thread_id, source_id, target_id, reason, confidence, rules, keywords)
SELECT id, thread_id, channel_id, channel_id, 'keyword', 0.87, '["keyword", "sender", "load"]',
       '{"support": ["werkt niet", "storing"], "admin": ["factuur"]}'
  FROM floor.message WHERE id = md5(:high || '.' || :low)::uuid;
INSERT INTO floor.outbox (thread_id, message_id, payload)
SELECT thread_id, id, '{"template": "receipt", "language": "nl"}'
  FROM floor.message WHERE id = md5(:high || '.' || :low)::uuid;
COMMIT;
