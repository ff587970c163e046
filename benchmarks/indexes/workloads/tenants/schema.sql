-- A support desk that many tenants share, as an ORM lays it out: a surrogate key on every table,
-- a tenant on most of them, soft deletes, timestamps, JSONB for what tenants add themselves.
create extension if not exists pg_trgm;
create extension if not exists btree_gin;

create table tenants (
    id integer primary key,
    slug text not null unique,
    plan text not null,
    created_at timestamptz not null,
    deleted_at timestamptz
);

create table users (
    id bigint primary key,
    tenant_id integer not null references tenants (id),
    email text not null,
    name text not null,
    role text not null,
    is_active boolean not null,
    last_seen_at timestamptz,
    created_at timestamptz not null,
    deleted_at timestamptz
) with (fillfactor = 90);

create table tickets (
    id bigint primary key,
    tenant_id integer not null references tenants (id),
    requester_id bigint not null references users (id),
    assignee_id bigint references users (id),
    status text not null,
    priority smallint not null,
    subject text not null,
    body text not null,
    tags text[] not null,
    custom jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    due_at timestamptz,
    deleted_at timestamptz,
    search tsvector generated always as (to_tsvector('english', subject || ' ' || body)) stored
) with (fillfactor = 90);

create table comments (
    id bigint primary key,
    tenant_id integer not null references tenants (id),
    ticket_id bigint not null references tickets (id) on delete cascade,
    author_id bigint not null references users (id),
    body text not null,
    is_public boolean not null,
    created_at timestamptz not null
);

create table watchers (
    ticket_id bigint not null references tickets (id) on delete cascade,
    user_id bigint not null references users (id),
    created_at timestamptz not null,
    primary key (ticket_id, user_id)
);

create table events (
    id bigint primary key,
    tenant_id integer not null,
    kind text not null,
    subject_id bigint,
    payload jsonb not null,
    created_at timestamptz not null
);

create table jobs (
    id bigint primary key,
    queue text not null,
    status text not null,
    run_at timestamptz not null,
    attempts smallint not null,
    payload jsonb not null,
    locked_by text,
    finished_at timestamptz,
    last_error text
) with (fillfactor = 85);

create table invoices (
    id bigint primary key,
    tenant_id integer not null references tenants (id),
    number text not null,
    status text not null,
    amount numeric(12, 2) not null,
    issued_on date not null,
    paid_at timestamptz,
    unique (tenant_id, number)
);

create table api_keys (
    id bigint primary key,
    tenant_id integer not null references tenants (id),
    key_hash text not null unique,
    revoked_at timestamptz
);
