create table customers (
    id integer primary key,
    name text not null,
    email text,
    country char(2),
    city varchar(20),
    joined date not null,
    vip boolean,
    referrer_id integer references customers (id)
);
create table products (
    id integer primary key,
    sku varchar(12) not null unique,
    name text not null,
    price numeric(10, 2) not null,
    stock integer not null check (stock >= 0),
    weight double precision,
    category text
);
create table orders (
    id integer primary key,
    customer_id integer references customers (id),
    status text not null check (status in ('new', 'paid', 'shipped', 'cancelled')),
    created_at timestamp not null,
    paid_at timestamp,
    total numeric(10, 2),
    discount integer,
    note text
);
create table items (
    order_id integer not null references orders (id),
    line integer not null,
    product_id integer not null references products (id),
    quantity integer not null check (quantity > 0),
    cents integer not null,
    primary key (order_id, line)
);
create table payments (
    id integer primary key,
    order_id integer not null references orders (id),
    cents integer not null,
    method text
);
create table blocked (
    id integer primary key,
    customer_id integer,
    email text
);
