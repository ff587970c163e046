create type severity as enum ('low', 'middle', 'high');
create table devices (
    id integer primary key,
    label text not null,
    tags text[],
    codes integer[] not null,
    settings jsonb not null,
    extra jsonb
);
create table events (
    id bigint primary key,
    device_id integer not null references devices (id),
    at timestamptz not null,
    level severity not null,
    value integer,
    reading numeric,
    ratio double precision,
    kind varchar(10) not null,
    body text
);
create table readings (
    device_id integer not null references devices (id),
    at timestamptz not null,
    value integer,
    primary key (device_id, at)
);
create index ix_events_at on events (at);
