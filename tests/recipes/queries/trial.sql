create schema billing;
create table "Users" (
    "Id" integer primary key, "Email" text not null unique, "order" integer, handle varchar(20) unique
);
create table billing.invoices (
    id bigint primary key, user_id integer not null references "Users" ("Id"),
    amount numeric(10,2) not null, weight double precision not null, paid_at timestamp, code char(3) not null,
    note text
);
create table billing.lines (
    invoice_id bigint not null references billing.invoices (id), line integer not null,
    qty integer not null, sku varchar(10) not null, primary key (invoice_id, line)
);
create table parents (id integer primary key, name text not null);
create table kids (id integer primary key, name text not null, age integer);
create table kids_more (extra text) inherits (kids);
create table toys (id integer primary key, kid_id integer not null references kids (id), parent_id integer references parents (id), price integer not null);
create table hidden (id integer primary key, name text not null);
alter table hidden enable row level security;
create table uses_hidden (id integer primary key, hidden_id integer not null references hidden (id), v integer);
create table nodes (a integer not null, b integer not null, v integer, primary key (a, b));
create table edges (id integer primary key, a integer not null, b integer not null, x integer, foreign key (a, b) references nodes (a, b));
create table readings (id integer primary key, m integer not null, t timestamp not null, v integer, unique (m, t));
create table loose (id integer primary key, m integer, t timestamp, v integer, unique (m, t));
create view rich as select * from billing.invoices where amount > 100;
create table later (id integer primary key, parent_id integer not null references parents (id) deferrable);
create table slots (place integer unique deferrable, name text not null);
alter table slots alter column place set not null;
