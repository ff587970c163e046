-- Rows for the store: enough that a scan costs more than a lookup.
insert into users (email, name)
select 'user' || n || '@example.org', case when n % 7 > 0 then 'User ' || n end
from generate_series(1, 20000) n;
insert into products (sku, title, price)
select 'SKU-' || n, 'Product ' || n, (n % 900) + 0.99 from generate_series(1, 2000) n;
insert into orders (user_id, status, total, placed_at)
select 1 + (n % 20000 * 7919) % 20000,
       case when n % 400 = 0 then 'open' when n % 50 = 0 then 'lost' else 'paid' end,
       (n % 500) + 0.5, timestamptz '2025-01-01' + n * interval '2 minutes'
from generate_series(1, 300000) n;
insert into order_items (order_id, product_id, quantity)
select 1 + (n * 31) % 300000, 1 + (n * 17) % 2000, 1 + n % 4 from generate_series(1, 400000) n;
analyze;
