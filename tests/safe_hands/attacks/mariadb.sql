-- what an attacker finds: things to lose, and helpers that somebody made before

create table account (id int primary key, owner varchar(80) not null, balance int not null)
    engine = innodb;
insert into account values (1, 'ann', 100), (2, 'bob', 50), (3, 'cleo', 7);
create table audit (id int auto_increment primary key, note varchar(80) not null default 'seen')
    engine = innodb;
insert into audit (note) values ('first');
create table old_account (id int primary key, balance int not null) engine = myisam;
insert into old_account values (1, 100);
create table blocked (id int);
create sequence ticket nocache;
do nextval(ticket);
create table <<vault>>.card (id int primary key, number varchar(80) not null);
insert into <<vault>>.card values (1, '<<marker>>');
create server attack_server foreign data wrapper mysql
    options (host '127.0.0.1', user 'feed', password '<<marker>>');
create user attack_manager@'%' identified by password '<<hash>>';

create function wipe() returns int
begin
    update account set balance = 0;
    return 1;
end;
create function wipe_old() returns int
begin
    update old_account set balance = 0;
    return 1;
end;
create function draw() returns bigint return nextval(ticket);
create function card_number() returns varchar(80) reads sql data
    return (select number from <<vault>>.card limit 1);
create function file_text(path varchar(200)) returns text deterministic return load_file(path);
create function long_wait() returns int deterministic return sleep(30);
create function hold_lock() returns int deterministic return get_lock('mine', 1);
create function wipe_deterministic(x int) returns int deterministic
begin
    update account set balance = 0;
    return x;
end;
create procedure wipe_all()
begin
    commit;
    update account set balance = 0;
    commit;
end;
create procedure run_text(in text_to_run text)
begin
    execute immediate text_to_run;
end;
create view report as select id, wipe() as x from account;
create view people as select user, authentication_string from mysql.user;
create view drawn as select nextval(ticket) as number;
