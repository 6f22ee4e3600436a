-- The main road: who works where, which nodes exist, what arrived from them, and what it means.
--
-- Tables bear the names of the requirement rows (F-01 …), columns carry their unit. Every large table has posyandu_id in
-- its key, so that it can be spread by posyandu later without moving a row's identity.

create table puskesmas (
    id uuid primary key,
    name text not null,
    district text not null
);

create table posyandu (
    id uuid primary key,
    puskesmas_id uuid not null references puskesmas (id),
    name text not null,
    village text not null
);

create index posyandu_by_puskesmas on posyandu (puskesmas_id);

create table users (
    id uuid primary key,
    puskesmas_id uuid not null references puskesmas (id),
    name text not null,
    email text unique,
    role text not null check (role in ('kader', 'bidan', 'petugas')),
    -- Argon2id, PHC string; null until the one-time link was used
    password_hash text,
    -- Argon2id of the PIN a kader uses on a node
    pin_verifier text,
    is_active boolean not null default true
);

create table user_posyandu (
    user_id uuid not null references users (id),
    posyandu_id uuid not null references posyandu (id),
    primary key (user_id, posyandu_id)
);

-- Sessions live here and nowhere else: deleting or revoking a row ends one at once. Only a hash of the token is kept.
create table user_sessions (
    token_sha256 bytea primary key,
    user_id uuid not null references users (id),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    last_seen_at timestamptz not null default now(),
    revoked_at timestamptz
);

create index user_sessions_by_user on user_sessions (user_id);

create table sign_in_links (
    token_sha256 bytea primary key,
    user_id uuid not null references users (id),
    expires_at timestamptz not null,
    used_at timestamptz
);

create table nodes (
    id uuid primary key,
    label text not null,
    incarnation integer not null,
    public_key bytea not null check (octet_length(public_key) = 32),
    certificate_sha256 bytea not null check (octet_length(certificate_sha256) = 32),
    revoked_at timestamptz,
    last_heard_at timestamptz
);

create table node_posyandu (
    node_id uuid not null references nodes (id),
    posyandu_id uuid not null references posyandu (id),
    primary key (node_id, posyandu_id)
);

-- The dedupe key of the main road, kept for ever: which sequences of which life of which node are held, as runs with the
-- chain's hashes at their edges. Adjacent runs are joined, so a node that never lost anything is one row.
create table received_runs (
    node_id uuid not null references nodes (id),
    incarnation integer not null,
    first_sequence bigint not null check (first_sequence > 0),
    last_sequence bigint not null,
    chain_before bytea not null check (octet_length(chain_before) = 32),
    chain_after bytea not null check (octet_length(chain_after) = 32),
    primary key (node_id, incarnation, first_sequence),
    constraint run_is_not_empty check (last_sequence >= first_sequence)
);

-- Which life of this database speaks; nodes rewind when it changes.
create table hub_epochs (
    epoch uuid primary key,
    began_at timestamptz not null default now()
);

-- Every event as it came, byte for byte. Partitioned by the hub's own receive month, never by a date a node claims.
create table event_log (
    received_at timestamptz not null default clock_timestamp(),
    posyandu_id uuid not null,
    node_id uuid not null,
    incarnation integer not null,
    sequence bigint not null,
    event_id uuid not null,
    citizen_id uuid,
    kind smallint not null,
    version smallint not null,
    frame bytea not null
) partition by range (received_at);

create table event_log_default partition of event_log default;

create index event_log_by_node on event_log (node_id, incarnation, sequence);
-- a child's tables can be made again from the child's events alone
create index event_log_by_citizen on event_log (citizen_id);

-- Events that arrived safely and could not be taken, with the reason in words. A sequence may stand here more than once:
-- a copied card tells another story under numbers that are already used.
create table quarantined_events (
    id bigint generated always as identity primary key,
    node_id uuid not null,
    incarnation integer not null,
    sequence bigint not null,
    event_id uuid,
    reason text not null,
    -- its sequence is held with another content; it does not count as received
    is_fork boolean not null default false,
    frame bytea not null,
    frame_sha256 bytea not null check (octet_length(frame_sha256) = 32),
    received_at timestamptz not null default clock_timestamp(),
    unique (node_id, incarnation, sequence, frame_sha256)
);

-- Which events were replaced by a correction, known even when the correction arrives before what it corrects.
create table replaced_events (
    citizen_id uuid not null,
    event_id uuid not null,
    replaced_by uuid not null,
    reason text not null,
    primary key (citizen_id, event_id, replaced_by)
);

create table citizens (
    id uuid primary key,
    posyandu_id uuid not null,
    name text not null,
    nik text,
    birth_date date not null,
    gender text not null check (gender in ('L', 'P')),
    guardian_name text not null,
    gestation_weeks smallint,
    birth_weight_g integer,
    birth_order smallint,
    has_kia_book boolean not null,
    category text not null default 'balita',
    status text not null default 'aktif',
    -- the event that registered the person
    event_id uuid not null,
    registered_on date not null
);

create index citizens_by_posyandu on citizens (posyandu_id, birth_date);

-- One row a visit: what was observed, and what it means by the growth standards as this hub computed it.
-- z-scores are hundredths (-215 is -2.15), rounded half away from zero as WHO prints them. What means nothing without an
-- age is null while the child is unknown or the date is doubtful (flags).
create table child_growth_records (
    id uuid not null, -- the visit
    posyandu_id uuid not null,
    citizen_id uuid not null,
    -- the newest event of the visit: it gives the row its day, month and place
    node_id uuid not null,
    incarnation integer not null,
    sequence bigint not null,
    observed_on date not null,
    report_month integer not null, -- year * 12 + month - 1
    place text not null,
    recorder_id uuid not null,
    weight_event_id uuid,
    weight_g integer constraint weight_is_possible check (weight_g between 1 and 300000),
    weight_reason text, -- why there is no weight
    weight_entry text,
    weight_insisted bytea, -- concerns insisted on, a byte each
    oedema boolean not null default false,
    length_event_id uuid,
    length_tenth_mm integer constraint length_is_possible check (length_tenth_mm between 1 and 25000),
    length_reason text,
    length_entry text,
    length_insisted bytea,
    posture text check (posture in ('l', 'h')),
    -- 1 waz, 2 lhaz, 4 whz, 8 baz: doubted; 256 date in the future, 512 before birth, 1024 clock unset, 2048 stood too young
    flags smallint not null default 0,
    age_days integer,
    waz_centi smallint,
    lhaz_centi smallint,
    whz_centi smallint,
    baz_centi smallint,
    weight_for_age text,
    length_for_age text,
    weight_for_length text,
    bmi_for_age text,
    nutrition_status text,
    -- only on the weighing that counts for its month, so that D = N + T + O + B is a plain count
    gain text check (gain in ('N', 'T', 'O', 'B')),
    two_t boolean not null default false,
    below_red_line boolean not null default false,
    primary key (posyandu_id, citizen_id, id)
) with (fillfactor = 90);

create index child_growth_records_by_citizen on child_growth_records (citizen_id, report_month);
create index child_growth_records_by_month on child_growth_records (posyandu_id, report_month);

-- Months whose figures must be counted again. Intake marks them in its own transaction; a worker recomputes whole months,
-- so there are no running sums to drift. A month may be marked many times: marking never waits for the worker.
create table dirty_months (
    id bigint generated always as identity primary key,
    posyandu_id uuid not null,
    report_month integer not null
);

create table monthly_figures (
    posyandu_id uuid not null,
    report_month integer not null,
    s integer not null,
    k integer not null,
    d integer not null,
    n integer not null,
    t integer not null,
    o integer not null,
    b integer not null,
    bgm integer not null,
    two_t integer not null,
    counted_at timestamptz not null default now(),
    primary key (posyandu_id, report_month)
);

create index monthly_figures_by_month on monthly_figures (report_month);
