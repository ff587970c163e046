create table customer (
    id integer primary key,
    name text not null,
    email text unique collate nocase,
    country text not null default 'DE',
    born text,
    profile text,
    created_at text not null default '2026-01-01 12:00:00',
    name_length integer as (length(name)) virtual
);
create table product (id integer primary key, sku text unique, title text, price real, picture blob);
create table orders (
    id integer primary key autoincrement,
    customer_id integer not null references customer (id),
    state text not null default 'new',
    placed_at text not null,
    total real not null
);
create index orders_customer on orders (customer_id, placed_at);
create table category (id integer primary key, parent_id integer, title text) without rowid;
create table "odd table" ("update" integer, "delete" text, [select] text, `größe` integer) strict;
create virtual table note using fts5 (title, body);
create virtual table box using rtree (id, min_x, max_x, min_y, max_y);
with recursive r (n) as (select 1 union all select n + 1 from r where n < 40)
insert into customer (name, email, country, born, profile)
select 'customer ' || n, 'c' || n || '@example.org', substr('DEFRJP', n % 3 * 2 + 1, 2),
    date('1970-01-01', (n * 300) || ' days'),
    json_object('age', n, 'langs', json_array('en', 'de'), 'city', 'x' || n % 5) from r;
with recursive r (n) as (select 1 union all select n + 1 from r where n < 20)
insert into product (sku, title, price) select 'sku-' || n, 'Product ' || n, n * 1.5 from r;
with recursive r (n) as (select 1 union all select n + 1 from r where n < 200)
insert into orders (customer_id, state, placed_at, total)
select n % 40 + 1, case n % 4 when 0 then 'new' when 1 then 'paid' when 2 then 'sent' else 'lost' end,
    datetime('2026-02-01', (n * 7) || ' hours'), n * 3.25 from r;
insert into category values (1, null, 'all'), (2, 1, 'books'), (3, 2, 'novels'), (4, 1, 'toys');
insert into "odd table" values (1, 'a', 'for update', 2), (2, 'attach', '; commit', 3);
insert into note values ('first', 'the quick brown fox'), ('second', 'a lazy dog');
insert into box values (1, 0, 1, 0, 1), (2, 5, 6, 5, 6);
create view big_orders as select * from orders where total > 100;
