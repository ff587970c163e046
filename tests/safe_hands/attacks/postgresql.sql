-- what an attacker finds: things to lose, and helpers that somebody made before

create table account (id int primary key, owner varchar(80) not null, balance numeric not null);
insert into account values (1, 'ann', 100), (2, 'bob', 50), (3, 'cleo', 7);
create table audit (id serial primary key, note text not null default 'seen');
insert into audit (note) values ('first');
create table blocked (id int);
create sequence ticket;
select nextval('ticket');

create schema vault;
create table vault.card (id int primary key, number text not null);
insert into vault.card values (1, '<<marker>>');

create role attack_manager login password '<<marker>>-manager';

-- somebody's helper functions: they run as their owner, and some of their labels lie
create function wipe() returns int language plpgsql security definer as $$
begin
    update account set balance = 0;
    return 1;
end $$;
create function wipe_stable() returns int language sql stable as 'select wipe()';
create function wipe_immutable() returns int language plpgsql immutable as $$
begin
    return wipe();
end $$;
create function wipe_row(a account) returns int language sql as 'select wipe()';
create function draw() returns bigint language sql stable security definer
    as $$ select nextval('ticket') $$;
create function run(text) returns int language plpgsql as $$
begin
    execute $1;
    return 1;
end $$;
create function run_stable(text) returns int language sql stable as 'select run($1)';
create function file_text(text) returns text language sql immutable
    as 'select pg_read_file($1)';
create function card_number() returns text language sql stable security definer
    as 'select number from vault.card limit 1';
create function long_wait() returns text language plpgsql stable as $$
begin
    perform pg_sleep(30);
    return 'late';
end $$;
create function hold_lock() returns int language plpgsql immutable as $$
begin
    perform pg_advisory_lock(7);
    return 1;
end $$;

create extension dblink;
create extension file_fdw;
create extension postgres_fdw;
create extension tablefunc;

-- a way out of the read-only transaction: another connection of the same server
create function away(text) returns text language sql stable
    as $$ select dblink_exec('<<conninfo>>', $1) $$;
create function away_row(a account) returns text language sql stable
    as $$ select away('update account set balance = 0') $$;

create server loop foreign data wrapper postgres_fdw
    options (host '<<host>>', port '<<port>>', dbname '<<database>>');
create user mapping for public server loop
    options (user '<<user>>', password '<<marker>>', password_required 'false');
create view drawn as select nextval('ticket') as number;
create foreign table far_ticket (number bigint) server loop options (table_name 'drawn');
create server files foreign data wrapper file_fdw;
create foreign table file_lines (line text) server files
    options (filename '<<secret_file>>', format 'text');
create foreign table program_lines (line text) server files
    options (program 'touch <<folder>>/from_foreign_table; echo done', format 'text');

select lo_from_bytea(424242, 'harmless');
