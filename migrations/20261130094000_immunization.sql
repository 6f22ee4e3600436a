-- What was given against which disease, what was not and why, what followed, and what is planned. Both tables follow from
-- event_log, the citizens and the catalogue of vaccines alone, and can be made again from them.

create table immunization_records (
    -- the event that says it
    id uuid not null,
    citizen_id uuid not null,
    posyandu_id uuid not null,
    outcome text not null check (outcome in ('given', 'not_given', 'reaction')),
    -- of a reaction: all vaccines of that day, with commas
    vaccine_type text not null,
    dose smallint check (dose between 1 and 255),
    immunization_date date not null,
    batch_number text,
    officer_id uuid not null,
    -- who gave it, where that is not who wrote it down
    given_by text,
    timing text check (timing in ('timely', 'early', 'early_counts', 'repeat')),
    reason text check (reason in ('sick', 'refused', 'out_of_stock', 'contraindicated', 'postponed')),
    is_serious boolean not null default false,
    notes text,
    entry text not null,
    certificate_url text,
    primary key (citizen_id, id)
);

-- A child's planned doses. There is no status here: terlewat is a matter of the day one looks, and a table that says it
-- would be wrong by the next morning. It follows from record_id, is_done, missed_from and closed_from.
create table immunization_schedules (
    citizen_id uuid not null,
    posyandu_id uuid not null,
    vaccine_type text not null,
    dose smallint not null,
    -- its place in the catalogue
    position smallint not null,
    scheduled_date date not null,
    missed_from date,
    closed_from date,
    -- the dose that was given
    record_id uuid,
    -- given, or passed over because a later dose is known
    is_done boolean not null,
    -- given too early, and nobody has decided about it
    is_early boolean not null,
    reminder_sent_at timestamptz,
    second_reminder_sent_at timestamptz,
    channel text check (channel in ('sms', 'whatsapp', 'email')),
    primary key (citizen_id, vaccine_type, dose)
);

create index immunization_schedules_open on immunization_schedules (posyandu_id, missed_from)
where not is_done;
