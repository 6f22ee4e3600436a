-- Corrections of a child's registration, leavings, and power-ups whose time was found out later.
--
-- What stands in `citizens` follows from the events (growth/fold.rs); these tables say of whom there is something to fold,
-- and show people what was corrected by whom.

set local lock_timeout = '5s';

alter table citizens
add column left_on date,
-- fields two people corrected without seeing each other: a person must choose. Comma-separated words, '' for none.
add column disputed_fields text not null default '';

alter table citizens
add constraint status_is_known check (status in ('aktif', 'pindah', 'meninggal', 'keliru'));

create index citizens_disputed on citizens (posyandu_id) where disputed_fields <> '';

create table citizen_edits (
    citizen_id uuid not null,
    event_id uuid not null,
    posyandu_id uuid not null,
    field text not null,
    value text not null, -- as a person reads it
    recorder_id uuid not null,
    observed_on date not null,
    primary key (citizen_id, event_id)
);

create table citizen_leavings (
    citizen_id uuid not null,
    event_id uuid not null,
    posyandu_id uuid not null,
    primary key (citizen_id, event_id)
);

-- "At this point of this power-up the time was …": dates what was recorded in it before anybody had set the clock.
create table found_clocks (
    node_id uuid not null,
    boot bytea not null check (octet_length(boot) = 16),
    event_id uuid not null,
    monotonic_ns numeric(20) not null,
    wall_ms bigint not null,
    offset_min smallint not null,
    source smallint not null, -- 1 phone, 2 hub, 3 network: the best one counts
    primary key (node_id, boot, event_id)
);

-- Who has events of a power-up whose clock nobody had set.
create table undated_children (
    node_id uuid not null,
    boot bytea not null,
    citizen_id uuid not null,
    primary key (node_id, boot, citizen_id)
);

-- Events people make at the hub itself stand in event_log under the nil node, in this order.
create sequence hub_journal as bigint;
