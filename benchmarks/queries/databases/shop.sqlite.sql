-- The part of the shop that SQLite's cases ask; the rows are copied from PostgreSQL's.
create table customers (
  id integer primary key, email text not null unique, full_name text not null, country text not null,
  city text not null, postcode text not null, phone text, tier text not null,
  referred_by integer references customers, created_at text not null
);
create index ix_customers_created_at on customers (created_at);
create table products (
  id integer primary key, sku text not null unique, category_id integer not null, name text not null,
  price_cents integer not null, active integer not null
);
create index ix_products_category_id on products (category_id);
create index ix_products_price_cents on products (price_cents);
create table orders (
  id integer primary key, customer_id integer not null references customers, status text not null,
  placed_at text not null, shipped_at text, total_cents integer not null, reference text not null,
  coupon text
);
create index ix_orders_customer_id on orders (customer_id);
create index ix_orders_status on orders (status);
create index ix_orders_placed_at on orders (placed_at);
create index ix_orders_total_cents on orders (total_cents);
create index ix_orders_reference on orders (reference);
create table order_items (
  order_id integer not null references orders, line_no integer not null,
  product_id integer not null references products, quantity integer not null,
  price_cents integer not null, primary key (order_id, line_no)
);
create table refunds (
  id integer primary key, order_id integer not null references orders, reason text not null,
  refunded_at text not null
);
create table jobs (
  id integer primary key, queue text not null, state text not null, priority integer not null,
  run_at text not null
);
create index ix_jobs_run_at on jobs (run_at);
create table settings (key text primary key, value text);
create table blocked_emails (email text, reason text);
