-- What nodes must know that they did not record themselves: each posyandu has a feed, numbered without gaps, and what all
-- need to know (hub keys, settings) is one of its own. A counter row is locked by whoever writes, so that nothing is ever
-- committed behind a number that somebody has read already.

create table feeds (
    id uuid primary key, -- the posyandu; the nil id for what is common to all
    position bigint not null default 0,
    hash bytea not null default '\x00000000000000000000000000000000' check (octet_length(hash) = 16),
    -- what was there before this feed was kept stands in it; null until somebody has seen to that
    begun_at timestamptz
) with (fillfactor = 50);

create table feed_items (
    feed_id uuid not null,
    position bigint not null,
    hash bytea not null check (octet_length(hash) = 16), -- the feed's hash with this item
    kind smallint not null, -- the item's number on the wire
    -- whom or what it is the last word on; an older word is passed over by whoever reads
    subject text,
    replaced_by bigint,
    citizen_id uuid,
    observed_on date, -- of an observation whose date can be believed: it may grow too old to send
    -- an event stands in event_log and is only pointed at; anything else is here
    received_at timestamptz,
    node_id uuid,
    incarnation integer,
    sequence bigint,
    item bytea,
    primary key (feed_id, position),
    constraint item_is_somewhere check (item is not null or sequence is not null)
);

create index feed_items_by_subject on feed_items (subject, feed_id) where subject is not null and replaced_by is null;

-- The days a posyandu meets, and what else it plans.
create table events (
    id uuid primary key,
    posyandu_id uuid not null references posyandu (id),
    title text not null,
    event_date date not null,
    from_min smallint not null check (from_min between 0 and 1439), -- first minute of the local day
    place text not null default '', -- empty: the usual place
    description text not null default '',
    cancelled_at timestamptz
);

create index events_by_posyandu on events (posyandu_id, event_date);

create table settings (
    key text primary key,
    value text not null,
    set_at timestamptz not null default now()
);

-- What a kader should do for somebody.
create table tasks (
    id uuid primary key,
    posyandu_id uuid not null references posyandu (id),
    citizen_id uuid not null,
    text text not null,
    due_on date,
    noted_at timestamptz not null default now(),
    done_at timestamptz
);

create index tasks_by_citizen on tasks (citizen_id) where done_at is null;
