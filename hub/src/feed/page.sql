-- What a node must know after a place in a feed, oldest first.
select item.position, item.hash, item.item, logged.frame as "frame?"
from feed_items item
left join lateral (
    select event_log.frame
    from event_log
    where event_log.node_id = item.node_id
        and event_log.incarnation = item.incarnation
        and event_log.sequence = item.sequence
        and event_log.received_at = item.received_at
    limit 1
) logged on item.sequence is not null
where item.feed_id = $1
    and item.position > $2
    and item.position <= $3
    and item.replaced_by is null
    -- A node's private key is for that node.
    and (item.kind <> 9 or item.subject = 'certificate ' || ($4::uuid)::text)
    and (item.node_id is distinct from $4 or item.incarnation <> $5 or item.sequence >= $6)
    and (item.observed_on is null
        -- No believable observation is newer than what the hub has received: most days need no closer look.
        or item.observed_on > (
            select latest.received_at - interval '23 months'
            from feed_items latest
            where latest.feed_id = $1 and latest.received_at is not null
            order by latest.position desc
            limit 1
        )
        -- Charts reach back two years from the child's newest observation.
        or coalesce(item.observed_on >= (
            select max(record.observed_on) - interval '24 months'
            from child_growth_records record
            where record.citizen_id = item.citizen_id and record.flags & 1280 = 0
        ), true))
order by item.position
limit $7
