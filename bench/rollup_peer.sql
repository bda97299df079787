WITH c AS MATERIALIZED (
    SELECT c.id, c.channel_type AS medium, e.timezone AS tz
      FROM business_entity_channels c JOIN business_entities e ON e.id = c.business_entity_id),
m AS (
    SELECT m.channel_id AS ch, date_trunc('hour', m.sent_at AT TIME ZONE c.tz) AS h,
           count(*) FILTER (WHERE direction = 'inbound') AS received,
           count(*) FILTER (WHERE direction = 'outbound' AND state IN ('sent','delivered','read','played')) AS sent,
           count(*) FILTER (WHERE message_type = 'auto_response' AND state IN ('sent','delivered','read','played')) AS auto,
           count(delivered_at) AS delivered, count(read_at) AS read,
           count(*) FILTER (WHERE direction = 'outbound' AND state = 'failed') AS failed,
           count(*) FILTER (WHERE automated <> '') AS automated,
           count(*) FILTER (WHERE automated = 'bounce') AS bounces,
           count(*) FILTER (WHERE error_code IN ('window_closed','131047')) AS refused,
           count(*) FILTER (WHERE template_id IN (SELECT id FROM communication_templates WHERE provider_name <> '')) AS templates,
           sum((data->>'segments')::int) FILTER (WHERE c.medium = 'sms') AS segments,
           count(*) FILTER (WHERE kind = 'call') AS calls,
           count(*) FILTER (WHERE kind = 'call' AND data->>'outcome' = 'missed') AS missed,
           count(*) FILTER (WHERE kind = 'call' AND data->>'outcome' = 'answered') AS taken,
           sum((data->>'answer_seconds')::int) FILTER (WHERE kind = 'call' AND data->>'outcome' = 'answered') AS seconds
      FROM communication_messages m JOIN c ON c.id = m.channel_id
     WHERE m.sent_at >= %(since)s AND m.sent_at < %(until)s AND direction <> 'internal'
     GROUP BY 1, 2),
o AS (
    SELECT o.channel_id AS ch, date_trunc('hour', o.finished_at AT TIME ZONE c.tz) AS h,
           count(*) FILTER (WHERE state = 'sent') AS cards, count(*) FILTER (WHERE attempts > 1 OR error_code = '429') AS throttled
      FROM outbox_items o JOIN c ON c.id = o.channel_id
     WHERE o.message_id IS NULL AND o.finished_at >= %(since)s AND o.finished_at < %(until)s GROUP BY 1, 2),
a AS (
    SELECT t.channel_id AS ch, date_trunc('hour', t.answered_at AT TIME ZONE c.tz) AS h, count(*) AS n,
           count(*) FILTER (WHERE state = 'met') AS met, sum(elapsed_minutes) AS total, sum(business_minutes) AS business,
           min(elapsed_minutes) AS least, max(elapsed_minutes) AS most
      FROM sla_timers t JOIN c ON c.id = t.channel_id
     WHERE t.answered_at >= %(since)s AND t.answered_at < %(until)s AND state IN ('met','breached') GROUP BY 1, 2),
b AS (
    SELECT t.channel_id AS ch, date_trunc('hour', t.breached_at AT TIME ZONE c.tz) AS h, count(*) AS breaches
      FROM sla_timers t JOIN c ON c.id = t.channel_id
     WHERE t.breached_at >= %(since)s AND t.breached_at < %(until)s GROUP BY 1, 2),
n AS (
    SELECT t.channel_id AS ch, date_trunc('hour', t.created_at AT TIME ZONE c.tz) AS h, count(*) AS new
      FROM communication_threads t JOIN c ON c.id = t.channel_id
     WHERE t.created_at >= %(since)s AND t.created_at < %(until)s AND NOT set_aside GROUP BY 1, 2),
k AS (SELECT thread_id, count(*) AS answers FROM sla_timers WHERE answered_at IS NOT NULL AND thread_id IN (
        SELECT id FROM communication_threads WHERE resolved_at >= %(since)s AND resolved_at < %(until)s) GROUP BY 1),
r AS (
    SELECT t.channel_id AS ch, date_trunc('hour', t.resolved_at AT TIME ZONE c.tz) AS h, count(*) AS resolved,
           count(k.answers) AS answered, count(*) FILTER (WHERE k.answers = 1) AS first
      FROM communication_threads t JOIN c ON c.id = t.channel_id LEFT JOIN k ON k.thread_id = t.id
     WHERE t.resolved_at >= %(since)s AND t.resolved_at < %(until)s AND NOT set_aside AND status = 'resolved' GROUP BY 1, 2),
x AS (
    SELECT e.channel_id AS ch, date_trunc('hour', e.created_at AT TIME ZONE c.tz) AS h, count(*) AS escalated
      FROM escalations e JOIN c ON c.id = e.channel_id
     WHERE e.created_at >= %(since)s AND e.created_at < %(until)s
       AND NOT EXISTS (SELECT FROM escalations p WHERE p.thread_id = e.thread_id AND (p.created_at, p.id) < (e.created_at, e.id))
     GROUP BY 1, 2),
g AS (
    SELECT g.channel_id AS ch, date_trunc('hour', g.rated_at AT TIME ZONE c.tz) AS h, count(*) AS ratings, sum(score) AS stars
      FROM conversation_ratings g JOIN c ON c.id = g.channel_id
     WHERE g.rated_at >= %(since)s AND g.rated_at < %(until)s GROUP BY 1, 2),
f AS MATERIALIZED (
    SELECT *, h::date AS d FROM m FULL JOIN o USING (ch, h) FULL JOIN a USING (ch, h) FULL JOIN b USING (ch, h) FULL JOIN n USING (ch, h)
      FULL JOIN r USING (ch, h) FULL JOIN x USING (ch, h) FULL JOIN g USING (ch, h)),
s AS (
    SELECT ch, d, CASE WHEN GROUPING(h) = 0 THEN extract(hour FROM h)::smallint END AS hour,
           coalesce(sum(received), 0) AS received, coalesce(sum(sent), 0) AS sent, coalesce(sum(auto), 0) AS auto,
           coalesce(sum(breaches), 0) AS breaches, coalesce(sum(new), 0) AS new, coalesce(sum(resolved), 0) AS resolved,
           coalesce(sum(escalated), 0) AS escalated, coalesce(sum(n), 0) AS n, coalesce(sum(met), 0) AS met,
           coalesce(sum(total), 0) AS total, coalesce(sum(business), 0) AS business, coalesce(sum(answered), 0) AS answered,
           coalesce(sum(first), 0) AS first, coalesce(sum(ratings), 0) AS ratings, coalesce(sum(stars), 0) AS stars,
           min(least) AS least, max(most) AS most,
           coalesce(sum(delivered), 0) AS delivered, coalesce(sum(read), 0) AS read, coalesce(sum(failed), 0) AS failed,
           coalesce(sum(automated), 0) AS automated, coalesce(sum(bounces), 0) AS bounces, coalesce(sum(refused), 0) AS refused,
           coalesce(sum(templates), 0) AS templates, coalesce(sum(segments), 0) AS segments, coalesce(sum(calls), 0) AS calls,
           coalesce(sum(missed), 0) AS missed, coalesce(sum(taken), 0) AS taken, coalesce(sum(seconds), 0) AS seconds,
           coalesce(sum(cards), 0) AS cards, coalesce(sum(throttled), 0) AS throttled
      FROM f GROUP BY GROUPING SETS ((ch, d, h), (ch, d)))
INSERT INTO peer_analytics (business_entity_channel_id, date_tracked, hour_tracked, messages_received, messages_sent,
       auto_responses_sent, sla_breaches, new_conversations_started, conversations_resolved, conversations_escalated,
       responses, responses_in_time, response_minutes_total, business_minutes_total, resolved_after_answer,
       resolved_at_first_contact, ratings, ratings_total, avg_response_time_minutes, customer_satisfaction_score,
       first_contact_resolution_rate, min_response_time_minutes, max_response_time_minutes, channel_specific_metrics)
SELECT ch, d, hour, received, sent, auto, breaches, new, resolved, escalated, n, met, total, business, answered, first,
       ratings, stars, round(total / nullif(n, 0), 2), round(stars::numeric / nullif(ratings, 0), 2),
       round(first::numeric / nullif(answered, 0), 4), least, most,
       CASE medium
       WHEN 'whatsapp' THEN jsonb_build_object('delivered', delivered, 'read', read, 'failed', failed, 'accepted', sent,
            'template_sends', templates, 'window_refusals', refused, 'read_rate', round(read::numeric / nullif(sent, 0), 4))
       WHEN 'email' THEN jsonb_build_object('automated', automated, 'bounces', bounces, 'failed', failed)
       WHEN 'sms' THEN jsonb_build_object('segments', segments, 'delivered', delivered, 'failed', failed)
       WHEN 'phone' THEN jsonb_build_object('calls', calls, 'missed_calls', missed, 'answered_calls', taken,
            'answer_seconds', seconds, 'missed_rate', round(missed::numeric / nullif(calls, 0), 4),
            'avg_answer_seconds', round(seconds::numeric / nullif(taken, 0), 4))
       ELSE jsonb_build_object('cards', cards, 'throttled', throttled) END
  FROM s JOIN c ON c.id = ch
ON CONFLICT (business_entity_channel_id, date_tracked, hour_tracked) DO UPDATE
   SET messages_received = EXCLUDED.messages_received, messages_sent = EXCLUDED.messages_sent;
INSERT INTO peer_flows (business_entity_id, date_tracked, source_channel_id, target_channel_id, decisions, unsure, overrides)
SELECT log.business_entity_id, (log.created_at AT TIME ZONE e.timezone)::date, source_channel_id, target_channel_id,
       count(*) FILTER (WHERE NOT manual_override), count(*) FILTER (WHERE unsure AND NOT manual_override),
       count(*) FILTER (WHERE manual_override)
  FROM message_routing_logs log JOIN business_entities e ON e.id = log.business_entity_id
 WHERE log.created_at >= %(since)s AND log.created_at < %(until)s
 GROUP BY 1, 2, 3, 4
ON CONFLICT (business_entity_id, date_tracked, source_channel_id, target_channel_id) DO UPDATE SET decisions = EXCLUDED.decisions;
WITH w AS (
    SELECT c.id AS ch, e.id AS brand, e.timezone AS tz,
           date_trunc('day', %(since)s::timestamptz AT TIME ZONE e.timezone) AS first,
           date_trunc('day', (%(until)s::timestamptz - interval '1 microsecond') AT TIME ZONE e.timezone) + interval '1 day' AS last
      FROM business_entity_channels c JOIN business_entities e ON e.id = c.business_entity_id),
h AS (
    SELECT brand, date_tracked AS d, hour_tracked AS hour, sum(messages_received)::int AS n
      FROM peer_analytics p JOIN w ON w.ch = p.business_entity_channel_id
     WHERE hour_tracked IS NOT NULL AND date_tracked >= w.first::date AND date_tracked < w.last::date
     GROUP BY 1, 2, 3),
hours AS (
    SELECT d.brand, d.d, array_agg(coalesce(h.n, 0) ORDER BY g.hour) AS received
      FROM (SELECT DISTINCT brand, d FROM h) d CROSS JOIN generate_series(0, 23) AS g(hour)
      LEFT JOIN h ON h.brand = d.brand AND h.d = d.d AND h.hour = g.hour
     GROUP BY 1, 2),
k AS (
    SELECT brand, (answered_at AT TIME ZONE tz)::date AS d,
           ceil(ln(greatest(elapsed_minutes::float8, 0.01) / 0.01) / ln(1.02::float8))::smallint AS class, count(*)::int AS n
      FROM sla_timers t JOIN w ON w.ch = t.channel_id
     WHERE answered_at >= w.first AT TIME ZONE tz AND answered_at < w.last AT TIME ZONE tz AND state IN ('met','breached')
     GROUP BY 1, 2, 3),
classes AS (SELECT brand, d, array_agg(class ORDER BY class) AS class, array_agg(n ORDER BY class) AS n FROM k GROUP BY 1, 2)
INSERT INTO peer_days (business_entity_id, date_tracked, received_by_hour, response_classes, response_counts)
SELECT brand, d, coalesce(received, array_fill(0, ARRAY[24])), coalesce(class, '{}'), coalesce(n, '{}')
  FROM hours FULL JOIN classes USING (brand, d)
ON CONFLICT (business_entity_id, date_tracked) DO UPDATE
   SET received_by_hour = EXCLUDED.received_by_hour, response_classes = EXCLUDED.response_classes,
       response_counts = EXCLUDED.response_counts;
