-- A node's life. It may be given a new card (a new incarnation with a new key); the card before it is replaced, and what it
-- still holds is taken once. A certificate is renewed for the same key many times. Nothing here is ever deleted: which
-- key signed what must stay answerable.

set local lock_timeout = '5s';

create table node_keys (
    node_id uuid not null references nodes (id),
    incarnation integer not null check (incarnation > 0),
    public_key bytea not null check (octet_length(public_key) = 32),
    state text not null default 'current' check (state in ('current', 'replaced', 'revoked')),
    enrolled_at timestamptz not null default now(),
    state_since timestamptz not null default now(),
    primary key (node_id, incarnation)
);

create unique index one_current_key_per_node on node_keys (node_id) where state = 'current';

create table node_certificates (
    sha256 bytea primary key check (octet_length(sha256) = 32),
    node_id uuid not null,
    incarnation integer not null,
    -- null where the hub did not issue it and was not told
    valid_until timestamptz,
    noted_at timestamptz not null default now(),
    foreign key (node_id, incarnation) references node_keys (node_id, incarnation)
);

create index node_certificates_by_key on node_certificates (node_id, incarnation);

insert into node_keys (node_id, incarnation, public_key, state)
select id, incarnation, public_key, case when revoked_at is null then 'current' else 'revoked' end
from nodes;

insert into node_certificates (sha256, node_id, incarnation)
select certificate_sha256, id, incarnation
from nodes;

alter table nodes
drop column public_key,
drop column certificate_sha256,
add column program text, -- the version it last said it runs
add column certificate_until timestamptz; -- the end of the certificate it last said it has
