-- Has this database gone back in time, and does it hold what its nodes were told it holds? Both are found out by
-- comparing: with what the hub remembers outside the database, and with what every node remembers.

set local lock_timeout = '5s';

-- Epochs begin one after another under a lock; the clock of a restored machine must not decide which is the newest.
alter table hub_epochs
add column number bigint generated always as identity,
add column reason text, -- why it began
add column node_id uuid, -- whose greeting showed it
add column database_system bigint, -- the cluster it began in, as Postgres names it
add column timeline integer, -- the timeline it began on
-- spoken by a database that is gone; kept so that the next who remembers it is no news
add column is_lost boolean not null default false;

create unique index hub_epochs_by_number on hub_epochs (number);

-- Places of feeds that a node had read and the hub does not know, the last of each: it is news once.
create table doubted_marks (
    node_id uuid not null references nodes (id),
    feed text not null, -- the posyandu's id, or 'common'
    position bigint not null,
    hash bytea not null,
    noted_at timestamptz not null default now(),
    primary key (node_id, feed)
);

-- The day its node says it happened on, as the event itself says it and never as it was understood later: node and hub
-- compare by it. Null for what was kept before, and for what cannot be read.
alter table event_log add column observed_on date;
alter table quarantined_events add column observed_on date;

-- Journals of which rows were found missing: up to `through`, rows may stand in the tables although the runs do not say
-- so, and are not entered a second time when their node sends them again.
create table mended_journals (
    node_id uuid not null references nodes (id),
    incarnation integer not null,
    through bigint not null,
    mended_at timestamptz not null default now(),
    primary key (node_id, incarnation)
);

-- Everything that is kept of a node's journal, taken or set aside. The fingerprint is that of protocol::sum.
create view kept_events as
select node_id, incarnation, sequence, observed_on, frame,
    ('x' || substr(encode(sha256(frame), 'hex'), 1, 16))::bit(64)::bigint as fingerprint
from event_log
union all
select node_id, incarnation, sequence, observed_on, frame,
    ('x' || substr(encode(sha256(frame), 'hex'), 1, 16))::bit(64)::bigint
from quarantined_events
where taken_at is null and not is_fork;
