create table customers (
    id int auto_increment primary key, email varchar(120) not null, name varchar(80) not null,
    phone varchar(20), account_no varchar(20) not null, city varchar(40) not null,
    signed_up datetime not null, referrer_id int,
    unique key uq_customers_email (email), key ix_customers_account_no (account_no),
    key ix_customers_signed_up (signed_up), key ix_customers_phone (phone)
);
create table orders (
    id int auto_increment primary key, customer_id int not null, reference varchar(20) not null,
    coupon varchar(20), status varchar(10) not null, total_cents int not null,
    placed_at datetime not null, shipped_on date, note varchar(200) not null,
    key ix_orders_reference (reference), key ix_orders_placed_at (placed_at),
    key ix_orders_total_cents (total_cents), key ix_orders_shipped_on (shipped_on),
    key ix_orders_customer_id (customer_id),
    constraint fk_orders_customer foreign key (customer_id) references customers (id)
);
create table order_items (
    order_id int not null, product_id int not null, quantity int not null,
    price_cents int not null, primary key (order_id, product_id)
);
create table products (
    id int auto_increment primary key, name varchar(80) not null, sku varchar(40) not null,
    category varchar(20) not null, stock int not null, key ix_products_sku (sku),
    key ix_products_name (name)
);
create table events (
    id bigint auto_increment primary key, kind varchar(20) not null, customer_id int,
    at datetime not null, payload varchar(200) not null, key ix_events_at (at)
);
create table refunds (
    id int auto_increment primary key, order_id int, reason varchar(80) not null,
    key ix_refunds_order_id (order_id)
);
create table `key` (
    `order` int not null primary key, `group` int not null, `Note Text` varchar(40) not null
);
insert into customers
    select seq, concat('user', seq, '@example.com'), concat('name ', seq % 700),
           if(seq % 5 = 0, null, concat('030', seq)), concat('10', seq), concat('city ', seq % 300),
           '2023-01-01' + interval seq * 7 hour, nullif(seq % 40, 0)
    from seq_1_to_2000;
insert into orders
    select seq, 1 + seq * 7 % 1900, concat('R', seq), if(seq % 3 = 0, concat('C', seq % 900), null),
           elt(1 + seq % 4, 'new', 'paid', 'sent', 'done'), seq * 7919 % 100000,
           '2024-01-01' + interval seq * 20 minute,
           date('2024-01-01' + interval seq * 20 minute), repeat('x', 60)
    from seq_1_to_12000;
insert into order_items
    select seq div 2, seq % 2 * 500 + seq % 499, 1 + seq % 5, seq % 900 from seq_1_to_16000;
insert into products
    select seq, concat('kettle ', seq), concat('sku', md5(seq)), concat('cat ', seq % 12), seq % 90
    from seq_1_to_3000;
insert into events
    select seq, if(seq < 4000, 'old', concat('kind ', seq % 3)), nullif(seq % 1900, 0),
           '2024-01-01' + interval seq minute, repeat('y', 80)
    from seq_1_to_12000;
insert into refunds select seq, nullif(seq % 500, 0), concat('reason ', seq % 30) from seq_1_to_2000;
insert into `key` select seq, seq % 900, concat('note ', seq) from seq_1_to_3000;
