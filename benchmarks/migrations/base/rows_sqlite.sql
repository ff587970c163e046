with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000)
insert into customers (email, name, phone, notes)
select 'c' || i || '@example.com', 'Customer number ' || i % 700,
       case when i % 2 = 0 then '+49 30 ' || i end, case when i % 3 = 0 then 'note ' || i end
from n;
with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000)
insert into products (sku, title, price, weight_grams, legacy_code, attributes)
select 'SKU-' || i, 'Product ' || i, i % 900 + 0.99, case when i % 4 > 0 then i end, 10000 + i,
       '{"color": "red"}'
from n;
with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000)
insert into orders (customer_id, status, total, note, placed_at)
select i % 3000 + 1, case i % 3 when 0 then 'new' when 1 then 'paid' else 'sent' end, i % 700,
       case when i % 5 = 0 then 'leave it with the neighbour, number ' || i end,
       '2025-01-01 00:00:00'
from n;
with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000)
insert into order_items (order_id, product_id, quantity)
select i % 3000 + 1, i % 3000 + 1, i % 5 + 1 from n;
with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000)
insert into audit_log (id, actor, action, at)
select i, 'user' || i % 50, 'login', '2024-01-01 00:00:00' from n;
insert into countries (code, name)
values ('de', 'Germany'), ('fr', 'France'), ('pl', 'Poland'), ('it', 'Italy'), ('at', 'Austria');
