-- What is known of a person besides a child's birth: the household, how to find it, who agreed to what; and people who
-- are no children. `category` says as whom somebody was written down; what she is today follows from age and pregnancies.

set local lock_timeout = '5s';

alter table citizens
add column is_birth_estimated boolean not null default false,
add column family_card_number text,
add column address text,
add column phone text,
-- who looks after the child, where that is not the mother; guardian_name is the mother
add column carer_name text,
add column mother_id uuid,
add column card_number text,
add column home_posyandu text,
add column bpjs_status text check (bpjs_status in ('aktif', 'tidak_aktif', 'bukan_peserta')),
add column consent_by text,
add column consent_on date,
add column consents_photo boolean not null default false,
add column consents_reminders boolean not null default false;

alter table citizens drop constraint status_is_known;
alter table citizens
add constraint status_is_known
check (status in ('aktif', 'pindah', 'meninggal', 'keliru', 'lulus', 'ganda', 'pergi'));

alter table citizens
add constraint category_is_known check (category in ('balita', 'dewasa'));
