select setseed(0.5);
create schema app;
create type app.status as enum ('new','paid','shipped','failed');
create domain app.email as text check (value like '%@%');
create table customers (id bigserial primary key, dropped int, email app.email not null, name
  varchar(80), created_at timestamptz not null default now(), deleted_at timestamptz, tags
  text[], meta jsonb, active bool not null default true);
alter table customers drop column dropped;
create table app.orders (id bigserial primary key, customer_id bigint not null references
  customers, status app.status not null, total numeric(12,2) not null, placed_at timestamptz not
  null, note text, dropped int, during tstzrange, country text, city text);
alter table app.orders drop column dropped;
create table app.lines (order_id bigint not null references app.orders, no int not null, sku
  text not null, qty int not null, price numeric(10,2), primary key (order_id, no));
create table events (id bigint generated always as identity, at timestamptz not null, kind text
  not null, payload jsonb) partition by range (at);
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
insert into customers (email,name,created_at,deleted_at,tags,meta,active) select
  'u'||i||'@ex.com', 'Name '||(i%977), '2025-01-01'::timestamptz + i*interval '3 minutes', case
  when i%20=0 then now() end, array['t'||(i%5),'x'||(i%50)],
  jsonb_build_object('a',i%10,'b','v'||(i%100)), i%10<>0 from generate_series(1,10000) i;
insert into app.orders (customer_id,status,total,placed_at,note,during,country,city) select
  1+((random()*random()*9999)::int),
  (array['new','paid','paid','paid','shipped','shipped','failed'])[1+i%7]::app.status,
  (random()*500)::numeric(12,2), '2025-01-01'::timestamptz + i*interval '1 minute', case when
  i%3=0 then md5(i::text) end, tstzrange('2025-01-01'::timestamptz + i*interval '1
  minute','2025-01-02'::timestamptz + i*interval '1 minute'), 'c'||(i%40),
  'c'||(i%40)||'-'||(i%400) from generate_series(1,60000) i;
insert into app.lines select o, n, 'sku'||((o*7+n)%5000), 1+n, 9.5 from generate_series(1,40000)
  o, generate_series(1,3) n;
insert into events (at,kind,payload) select '2025-06-01'::timestamptz+i*interval '5
  minutes','k'||(i%7), jsonb_build_object('r',i) from generate_series(1,40000) i;
create index on app.orders (customer_id, placed_at desc);
create index on app.orders (placed_at) where status='failed';
create index on app.orders using gin (to_tsvector('simple', coalesce(note,'')));
create unique index on customers (lower(email::text));
create index on customers using gin (tags);
create index on customers using gin (meta jsonb_path_ops);
create index on app.orders using gist (during);
create index on app.orders using hash (note);
create index on customers using hash ((meta ->> 'b'));
create index on app.orders using brin (placed_at) with (pages_per_range=16);
create index on app.lines (sku) include (qty, price);
create index on app.lines (lower(sku));
create index on events (kind, at);
create index on events using brin (at);
create statistics app.cc (ndistinct, dependencies, mcv) on country, city from app.orders;
create view app.paid as select * from app.orders where status='paid';
create materialized view totals as select customer_id, sum(total) as total from app.orders group
  by 1;
create index on totals (total);
