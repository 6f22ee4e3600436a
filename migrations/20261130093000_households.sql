-- Who lives together is looked up by the family card, and whoever was a guest elsewhere by birth date and NIK: each time
-- somebody opens a person's page, so without looking through a whole district.
-- Not concurrently: no release holds a large table yet.
set local lock_timeout = '5s';
create index citizens_by_family_card on citizens (family_card_number) where family_card_number is not null;
create index citizens_by_birth_date on citizens (birth_date);

-- A guest and a person at home that bear no NIK to tell by: somebody looked, and said that they are one. Nothing in the log
-- says it, so a recount leaves it alone.
create table citizen_links (
    guest_id uuid not null,
    home_id uuid not null,
    decided_by uuid not null,
    decided_at timestamptz not null default now(),
    primary key (guest_id, home_id),
    constraint links_two_people check (guest_id <> home_id)
);
create index citizen_links_by_home on citizen_links (home_id);
