create extension if not exists pg_trgm;
create extension if not exists unaccent;
create extension if not exists hstore;
create extension if not exists citext;
create extension if not exists tablefunc;
create extension if not exists fuzzystrmatch;
create extension if not exists ltree;
create extension if not exists intarray;
create extension if not exists cube;
create extension if not exists earthdistance;
create extension if not exists btree_gist;

create type order_state as enum ('new', 'paid', 'sent', 'lost');
create domain email as citext check (value ~ '^[^@]+@[^@]+$');
create type money_amount as (amount numeric, currency text);

create table customer (
    id bigint generated always as identity primary key,
    name text not null,
    email email unique,
    country char(2) not null default 'DE',
    born date,
    tags text[] not null default '{}',
    profile jsonb not null default '{}',
    extra hstore,
    created_at timestamptz not null default '2026-01-01 12:00+00',
    search tsvector generated always as (to_tsvector('english', name)) stored
);
create table product (
    id serial primary key,
    sku varchar(20) not null unique,
    title text not null,
    price numeric(10, 2) not null check (price >= 0),
    weight real,
    path ltree,
    valid daterange not null default daterange('2026-01-01', null),
    numbers int[]
);
create table orders (
    id bigserial primary key,
    customer_id bigint not null references customer,
    state order_state not null default 'new',
    placed_at timestamp not null,
    total numeric(12, 2) not null,
    paid money_amount
);
create table order_line (
    order_id bigint references orders,
    line int,
    product_id int references product,
    quantity int not null,
    primary key (order_id, line)
);
create table category (id int primary key, parent_id int references category, title text);
create table reading (
    sensor int not null, at timestamptz not null, value double precision
) partition by range (at);
create table reading_2026 partition of reading for values from ('2026-01-01') to ('2027-01-01');
create table "Odd Table" (
    "update" int, "delete" text, "select" text, "größe" numeric, "drop table" bool, "日本" text
);
create table host (id int primary key, address inet, mac macaddr, area box, place point);

insert into customer (name, email, country, born, tags, profile, extra, created_at)
select 'customer ' || n, 'c' || n || '@example.org', (array['DE', 'FR', 'JP'])[n % 3 + 1],
    date '1970-01-01' + n * 300, array['a' || n % 4, 'b'],
    jsonb_build_object('age', n, 'langs', jsonb_build_array('en', 'de'), 'city', 'x' || n % 5),
    hstore('k', n::text), timestamptz '2026-01-01' + n * interval '1 day'
from generate_series(1, 40) n;
insert into product (sku, title, price, weight, path, numbers)
select 'sku-' || n, 'Product ' || n, n * 1.5, n / 3.0, ('top.a' || n % 3)::ltree, array[n, n + 1]
from generate_series(1, 20) n;
insert into orders (customer_id, state, placed_at, total, paid)
select n % 40 + 1, (enum_range(null::order_state))[n % 4 + 1],
    timestamp '2026-02-01' + n * interval '7 hours', n * 3.25, row(n, 'EUR')::money_amount
from generate_series(1, 200) n;
insert into order_line
select o.id, l, (o.id + l) % 20 + 1, l from orders o, generate_series(1, 2) l;
insert into category values (1, null, 'all'), (2, 1, 'books'), (3, 2, 'novels'), (4, 1, 'toys');
insert into reading select n % 3, timestamptz '2026-03-01' + n * interval '1 hour', sin(n)
from generate_series(1, 100) n;
insert into "Odd Table" values (1, 'a', 'b', 3.5, true, 'c'), (2, 'for update', '; commit', 4, false, 'd');
insert into host values (1, '10.0.0.1/24', '08:00:2b:01:02:03', '((0,0),(1,1))', '(1,2)');

create view big_orders as select * from orders where total > 100;
create materialized view sales as
    select customer_id, sum(total) as total from orders group by customer_id;
create index customer_name_trgm on customer using gin (name gin_trgm_ops);
create function full_price(numeric) returns numeric language sql immutable
    as 'select round($1 * 1.19, 2)';
create function orders_of(bigint) returns setof orders language sql stable
    as 'select * from orders where customer_id = $1';
create function label_of(p product) returns text language sql immutable
    as $$ select p.sku || ': ' || p.title $$;
create function plain_age(date) returns int language plpgsql stable as $$
begin
    return extract(year from age(date '2026-06-01', $1))::int;
end $$;
create aggregate product_of (double precision) (sfunc = float8mul, stype = double precision,
    initcond = '1');
comment on table customer is 'who buys; do not drop table';
comment on column customer.email is 'one each';
analyze;
