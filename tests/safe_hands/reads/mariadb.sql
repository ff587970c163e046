create table customer (
    id bigint auto_increment primary key,
    name varchar(80) not null,
    email varchar(120) unique,
    country char(2) not null default 'DE',
    born date,
    profile json,
    kind enum('private', 'company') not null default 'private',
    flags set('vip', 'late', 'new'),
    created_at datetime not null default '2026-01-01 12:00:00',
    name_length int as (char_length(name)) stored,
    fulltext (name)
) engine = innodb comment 'who buys; do not drop table';
create table product (
    id int auto_increment primary key,
    sku varchar(20) not null unique,
    title varchar(80) not null,
    price decimal(10, 2) not null check (price >= 0),
    weight float,
    picture blob,
    place point
);
create table orders (
    id bigint auto_increment primary key,
    customer_id bigint not null,
    state varchar(10) not null default 'new',
    placed_at datetime not null,
    total decimal(12, 2) not null,
    foreign key (customer_id) references customer (id)
);
create table order_line (
    order_id bigint, line int, product_id int, quantity int not null,
    primary key (order_id, line)
);
create table category (id int primary key, parent_id int, title varchar(40));
create table `odd table` (`update` int, `delete` varchar(20), `select` varchar(20), `größe` int);
create sequence ticket;
insert into customer (name, email, country, born, profile, flags)
select concat('customer ', seq), concat('c', seq, '@example.org'), elt(seq % 3 + 1, 'DE', 'FR', 'JP'),
    date '1970-01-01' + interval seq * 300 day,
    json_object('age', seq, 'langs', json_array('en', 'de'), 'city', concat('x', seq % 5)), 'vip,new'
from seq_1_to_40;
insert into product (sku, title, price, weight, place)
select concat('sku-', seq), concat('Product ', seq), seq * 1.5, seq / 3, point(seq, seq) from seq_1_to_20;
insert into orders (customer_id, state, placed_at, total)
select seq % 40 + 1, elt(seq % 4 + 1, 'new', 'paid', 'sent', 'lost'),
    '2026-02-01' + interval seq * 7 hour, seq * 3.25 from seq_1_to_200;
insert into order_line select o.id, s.seq, (o.id + s.seq) % 20 + 1, s.seq from orders o, seq_1_to_2 s;
insert into category values (1, null, 'all'), (2, 1, 'books'), (3, 2, 'novels'), (4, 1, 'toys');
insert into `odd table` values (1, 'a', 'for update', 2), (2, 'into outfile', '; commit', 3);
create view big_orders as select * from orders where total > 100;
create function full_price(price decimal(10, 2)) returns decimal(10, 2) deterministic no sql
    return round(price * 1.19, 2);
