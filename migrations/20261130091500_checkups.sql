-- What is found and given at visits of people who are no children: pregnancies with their visits before and after birth, and
-- the yearly checks of adults. One row a visit, made from event_log alone; `simpul-hub recount --repair` makes them again.

set local lock_timeout = '5s';

create table pregnancies (
    id uuid not null,
    posyandu_id uuid not null, -- where it was written down
    citizen_id uuid not null,
    noted_on date not null,
    begun_on date, -- first day of the last period, as said or 280 days before the due day
    due_on date,
    gravida smallint not null,
    para smallint not null,
    abortus smallint not null,
    tetanus_doses smallint, -- as told at the beginning
    risks text not null, -- codes, with commas
    ended_on date,
    outcome text check (outcome in ('born', 'stillborn', 'miscarried', 'mother_died', 'mistake')),
    primary key (posyandu_id, citizen_id, id)
);

create index pregnancies_by_citizen on pregnancies (citizen_id);

create table pregnancy_records (
    id uuid not null, -- the visit
    posyandu_id uuid not null,
    citizen_id uuid not null,
    pregnancy_id uuid not null,
    kind text not null check (kind in ('anc', 'nifas')),
    visit_date date not null,
    report_month integer not null, -- year * 12 + month - 1
    gestational_age_weeks smallint, -- completed; null after birth and where nobody knows
    weight_g integer,
    systolic_mmhg smallint,
    diastolic_mmhg smallint,
    arm_tenth_mm integer,
    fundus_tenth_mm integer,
    fetal_heart_bpm smallint,
    haemoglobin_tenths smallint,
    tablets integer not null,
    capsules smallint not null,
    tetanus_dose smallint,
    is_by_doctor boolean not null,
    has_ultrasound boolean not null,
    risks text not null,
    notes text not null,
    recorder_id uuid not null, -- who recorded last
    midwife_id uuid, -- who stands by the record
    validated boolean not null,
    primary key (posyandu_id, citizen_id, id)
);

create index pregnancy_records_by_citizen on pregnancy_records (citizen_id, visit_date);

create table elderly_health_records (
    id uuid not null, -- the visit
    posyandu_id uuid not null,
    citizen_id uuid not null,
    recorded_on date not null,
    report_month integer not null,
    weight_g integer,
    height_tenth_mm integer,
    bmi_class text, -- with the last height known that day
    waist_tenth_mm integer,
    is_waist_wide boolean,
    systolic_mmhg smallint,
    diastolic_mmhg smallint,
    pressure_class text,
    is_isolated_systolic boolean,
    glucose_mg_dl smallint,
    is_fasting boolean,
    glucose_class text,
    cholesterol_mg_dl smallint,
    cholesterol_class text,
    uric_acid_tenths smallint,
    is_uric_acid_high boolean,
    notes text not null,
    recorder_id uuid not null,
    primary key (posyandu_id, citizen_id, id)
);

create index elderly_health_records_by_citizen on elderly_health_records (citizen_id, recorded_on);
