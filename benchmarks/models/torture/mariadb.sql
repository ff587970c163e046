-- What MariaDB can declare and generators of models lose.
create table tenant (
    id bigint unsigned not null auto_increment primary key,
    slug varchar(40) character set ascii collate ascii_bin not null,
    name varchar(100) not null comment 'As it stands on invoices: 100%',
    unique key uq_tenant_slug (slug)
) engine = InnoDB comment = 'A customer''s organisation';
create table user (
    id bigint unsigned not null auto_increment primary key,
    tenant_id bigint unsigned not null,
    manager_id bigint unsigned,
    email varchar(320) not null,
    role enum('member', 'admin', 'it''s') not null default 'member',
    flags set('a', 'b') not null default 'a',
    is_active tinyint(1) not null default 1,
    level tinyint unsigned not null default 0,
    settings json not null default json_object(),
    balance decimal(12, 2) not null default 0.00,
    ratio double,
    token binary(16),
    bio mediumtext,
    born date,
    seen timestamp(6) null default null,
    updated_at datetime not null default current_timestamp on update current_timestamp,
    domain varchar(320) as (substring_index(email, '@', -1)) stored,
    initial varchar(1) as (left(email, 1)) virtual,
    unique key uq_user_email (tenant_id, email),
    unique key uq_user_tenant (tenant_id, id),
    key ix_user_updated (updated_at desc),
    key ix_user_email_prefix (email(10)),
    fulltext key ix_user_bio (bio),
    constraint fk_user_tenant foreign key (tenant_id) references tenant (id) on delete cascade,
    constraint fk_user_manager foreign key (manager_id) references user (id) on delete set null,
    constraint ck_user_balance check (balance >= 0)
);
create table profile (
    user_id bigint unsigned not null primary key,
    bio text,
    constraint fk_profile_user foreign key (user_id) references user (id) on delete cascade
);
create table tag (name varchar(20) not null primary key);
create table user_tag (
    user_id bigint unsigned not null,
    tag_name varchar(20) not null,
    primary key (user_id, tag_name),
    constraint fk_user_tag_user foreign key (user_id) references user (id) on delete cascade,
    constraint fk_user_tag_tag foreign key (tag_name) references tag (name) on update cascade on delete cascade
);
create table `order` (
    tenant_id bigint unsigned not null,
    number int not null,
    user_id bigint unsigned not null,
    `class` text,
    metadata longtext,
    primary key (tenant_id, number),
    constraint fk_order_user foreign key (tenant_id, user_id) references user (tenant_id, id)
) row_format = compressed;
create sequence document_number start with 1000 increment by 5;
create view live_user as select id, email from user where is_active;
create trigger user_touch before insert on user for each row set new.email = lower(new.email);
create function normalized(t varchar(100)) returns varchar(100) deterministic return lower(trim(t));
