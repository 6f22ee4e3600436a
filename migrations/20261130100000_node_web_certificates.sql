-- What a node serves its own pages with over TLS. Told in the feed of every posyandu it serves, to that node alone.
create table node_web_certificates (
    node_id uuid primary key references nodes (id),
    chain_pem text not null, -- the node's own certificate first
    key_pem text not null,
    valid_until timestamptz not null,
    set_at timestamptz not null default now()
);
