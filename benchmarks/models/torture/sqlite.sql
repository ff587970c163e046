-- What SQLite can declare and generators of models lose.
create table tenant (
    id integer not null primary key autoincrement,
    slug varchar(40) not null constraint uq_tenant_slug unique,
    active boolean not null default 1 constraint ck_tenant_active check (active in (0, 1)),
    name text not null collate nocase
);
create table user (
    id integer not null primary key,
    tenant_id integer not null references tenant (id) on delete cascade,
    manager_id integer references user (id) on delete set null,
    email varchar(320) not null,
    role varchar(6) not null default 'member' check (role in ('member', 'admin')),
    settings json not null default '{}',
    balance numeric(12, 2) not null default 0,
    token blob default (randomblob(16)),
    full_name text generated always as (email || ' (' || role || ')') stored,
    initial text as (substr(email, 1, 1)) virtual,
    born date,
    deleted_at datetime,
    created_at datetime not null default current_timestamp,
    unique (tenant_id, id)
);
create unique index uq_live_email on user (tenant_id, lower(email)) where deleted_at is null;
create index ix_user_created on user (created_at desc, id);
create index ix_user_name on user (email collate nocase);
create index ix_user_open on user (role) where role <> 'it''s 100%';
create table profile (
    user_id integer not null primary key references user (id) on delete cascade deferrable initially deferred,
    bio text
);
create table tag (name varchar(20) not null primary key) without rowid;
create table user_tag (
    user_id integer not null references user (id) on delete cascade,
    tag_name varchar(20) not null references tag (name) on update cascade on delete cascade,
    primary key (user_id, tag_name)
);
create table "order" (
    tenant_id integer not null,
    number integer not null,
    user_id integer not null,
    "class" text,
    metadata json,
    text text default 'a:b',
    primary key (tenant_id, number),
    foreign key (tenant_id, user_id) references user (tenant_id, id)
);
create table loose (a, b integer, c anything);
create table strict_one (id integer primary key, n int not null) strict;
create table picky (id integer primary key on conflict replace, name text unique on conflict ignore);
create virtual table notes using fts5 (title, body);
create view live_user as select id, email from user where deleted_at is null;
create trigger user_touch after update on user when old.email <> new.email begin
    update tenant set name = name || '%' where id = new.tenant_id;
end;
