-- What a posyandu does for a child besides weighing it: LiLA and head circumference stand beside the weight they were
-- taken with, and what was given, asked and told has rows of its own.

set local lock_timeout = '5s';

alter table child_growth_records
add column weight_oedema boolean not null default false, -- as the weighing says it; oedema is either
add column oedema_noted boolean, -- looked for without a weighing
add column arm_event_id uuid,
add column arm_tenth_mm integer constraint arm_is_possible check (arm_tenth_mm between 1 and 25000),
add column head_event_id uuid,
add column head_tenth_mm integer constraint head_is_possible check (head_tenth_mm between 1 and 25000),
add column hcz_centi smallint,
add column head_for_age text;

-- swollen feet are rare: a handful of rows
update child_growth_records
set weight_oedema = true
where oedema;

-- Every event of a service as it came, and what takes one back or replaces it; what stands is a question asked of both, so
-- that the order in which they arrive does not matter. Whoever reads asks for a child: tablets and questions of adults
-- look alike.
create table child_services (
    event_id uuid not null,
    event_kind smallint not null,
    node_id uuid not null,
    incarnation integer not null,
    sequence bigint not null,
    posyandu_id uuid not null,
    citizen_id uuid not null,
    visit_id uuid,
    observed_on date not null,
    report_month integer not null, -- year * 12 + month - 1
    service text not null, -- vitamin_a, deworming, food, milk, tuberculosis, development, referral, counselling, declined, void
    value text not null,
    recorder_id uuid not null,
    replaces_id uuid,
    replaces_kind smallint,
    primary key (citizen_id, event_kind, event_id)
);

create index child_services_by_month on child_services (posyandu_id, report_month, service);

create view standing_child_services as
select *
from child_services given
where given.service <> 'void'
    and not exists (
        select
        from child_services later
        where later.citizen_id = given.citizen_id
            and later.replaces_id = given.event_id
            and later.replaces_kind = given.event_kind
            and later.event_id <> given.event_id
    );
