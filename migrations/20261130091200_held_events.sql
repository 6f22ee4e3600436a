-- The meetings a posyandu held (F-14): what they were called, on which day, for which month, and the figures they were
-- closed with. `events` is what was planned, and only the hub writes it; these rows follow from event_log alone, so that
-- whatever is lost is made again from there.

set local lock_timeout = '5s';

create table held_events (
    id uuid primary key,
    posyandu_id uuid not null references posyandu (id),
    title text not null,
    event_date date not null,
    description text not null,
    -- year × 12 + month − 1; a meeting moved over a month's end keeps its month
    report_month integer not null,
    opened_by uuid not null,
    present_count integer not null check (present_count >= 0),
    closed_by uuid
);

create index held_events_by_month on held_events (posyandu_id, report_month);

-- Form F1 as it stood when the meeting was closed.
create table held_event_figures (
    event_id uuid not null references held_events (id) on delete cascade,
    gender text not null check (gender in ('L', 'P')),
    from_month smallint not null,
    to_month smallint not null,
    s integer not null,
    k integer not null,
    d integer not null,
    n integer not null,
    t integer not null,
    o integer not null,
    b integer not null,
    two_t integer not null,
    bgm integer not null,
    primary key (event_id, gender, from_month)
);

create index event_log_of_meetings on event_log (posyandu_id) where kind in (9, 10);
