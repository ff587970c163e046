insert into customers (email, name, phone, notes)
select 'c' || i || '@example.com', 'Customer number ' || i % 700,
       case when i % 2 = 0 then '+49 30 ' || i end, case when i % 3 = 0 then 'note ' || i end
from generate_series(1, 3000) i;
insert into products (sku, title, price, weight_grams, legacy_code, attributes)
select 'SKU-' || i, 'Product ' || i, i % 900 + 0.99, case when i % 4 > 0 then i end, 10000 + i,
       '{"color": "red"}'
from generate_series(1, 3000) i;
insert into orders (customer_id, status, total, note, placed_at)
select i % 3000 + 1, (array['new', 'paid', 'sent'])[i % 3 + 1], i % 700,
       case when i % 5 = 0 then 'leave it with the neighbour, number ' || i end,
       timestamp '2025-01-01 00:00' + i * interval '40 minutes'
from generate_series(1, 20000) i;
insert into order_items (order_id, product_id, quantity)
select i % 20000 + 1, i % 3000 + 1, i % 5 + 1 from generate_series(1, 20000) i;
insert into audit_log (actor, action, at)
select 'user' || i % 50, 'login', timestamp '2024-01-01 00:00' + i * interval '1 hour'
from generate_series(1, 5000) i;
insert into countries (code, name)
values ('de', 'Germany'), ('fr', 'France'), ('pl', 'Poland'), ('it', 'Italy'), ('at', 'Austria');
