-- Which hub process hears which part of the nodes at an outside broker: a division of labour and nothing more. Two hubs
-- that hear the same part take every batch once all the same; a part that nobody hears waits on its nodes.

-- Every hub process at work, so that each knows how many share. One that falls silent is forgotten after `until`.
create table hub_processes (
    id uuid primary key,
    until timestamptz not null
);

create table shard_leases (
    shard smallint primary key check (shard between 0 and 15),
    -- whose it was last; another may have it once `until` is past
    hub uuid,
    until timestamptz not null default '-infinity'
);

insert into shard_leases (shard) select generate_series(0, 15);
