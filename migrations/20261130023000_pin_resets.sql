-- A kader who forgot her PIN telephones; somebody at the Puskesmas types the code her node shows and reads the answer out.
-- The answer opens a node once, so who gave it to whom is written down before it is shown, and nothing here is ever deleted.

set local lock_timeout = '5s';

create table pin_resets (
    id bigint generated always as identity primary key,
    answered_at timestamptz not null default now(),
    answered_by uuid not null references users (id),
    user_id uuid not null references users (id),
    node_id uuid not null references nodes (id),
    incarnation integer not null,
    -- the code as it was read aloud: the same one is answered the same way
    request text not null
);

create index pin_resets_by_user on pin_resets (user_id, answered_at);
