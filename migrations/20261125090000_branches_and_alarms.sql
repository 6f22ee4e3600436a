-- Two stories under one number, cards that died with what they held, and what somebody should look at.
--
-- A card that was copied or restored tells another story under numbers that are already used. Nothing of it is dropped: it
-- is kept as a branch, under an incarnation number no node can claim (2^30 and up), in the same tables as everything else.

set local lock_timeout = '5s';

create table journal_branches (
    node_id uuid not null references nodes (id),
    -- the life of the journal the node names
    incarnation integer not null,
    -- what its events and runs are kept under instead
    branch integer not null constraint branch_is_no_life check (branch >= 1073741824),
    -- the story it left, by the number that is kept under, and its first event that the other does not have
    parent integer not null,
    first_sequence bigint not null,
    began_at timestamptz not null,
    primary key (node_id, branch)
);

create index journal_branches_by_journal on journal_branches (node_id, incarnation);

-- Sequences that will never come, because the card that held them is gone: nobody waits for them. Should they come after
-- all, they are taken.
create table lost_ranges (
    node_id uuid not null references nodes (id),
    incarnation integer not null,
    first_sequence bigint not null check (first_sequence > 0),
    last_sequence bigint not null,
    noted_at timestamptz not null,
    noted_by text not null,
    primary key (node_id, incarnation, first_sequence),
    constraint lost_range_is_not_empty check (last_sequence >= first_sequence)
);

-- What a person should look at; one open row for each kind, counted up.
create table node_alarms (
    id bigint generated always as identity primary key,
    node_id uuid not null references nodes (id),
    -- fork, clone, restored, replaced_again …
    kind text not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    count bigint not null default 1,
    detail text not null,
    settled_at timestamptz
);

create unique index node_alarms_open on node_alarms (node_id, kind) where settled_at is null;

alter table quarantined_events
    -- when it was judged again and taken; it is not set aside any more
    add column taken_at timestamptz,
    -- nobody could read it yet; judged again by every new version of the hub
    add column is_unknown boolean not null default false;

-- is_fork is of the past: nodes still hold those events, send them again, and then they become branches
create index quarantined_events_waiting on quarantined_events (node_id, incarnation, sequence)
    where taken_at is null and not is_fork;

update quarantined_events
set is_unknown = true
where reason like 'Jenis catatan % belum dikenal%' or reason like 'Bentuk catatan % belum dikenal%';
