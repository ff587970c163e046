insert into customers (email, name, phone, notes)
select concat('c', seq, '@example.com'), concat('Customer number ', seq % 700),
       if(seq % 2 = 0, concat('+49 30 ', seq), null), if(seq % 3 = 0, concat('note ', seq), null)
from seq_1_to_3000;
insert into products (sku, title, price, weight_grams, legacy_code, attributes)
select concat('SKU-', seq), concat('Product ', seq), seq % 900 + 0.99, if(seq % 4 > 0, seq, null),
       10000 + seq, '{"color": "red"}'
from seq_1_to_3000;
insert into orders (customer_id, status, total, note, placed_at)
select seq % 3000 + 1, elt(seq % 3 + 1, 'new', 'paid', 'sent'), seq % 700,
       if(seq % 5 = 0, concat('leave it with the neighbour, number ', seq), null),
       '2025-01-01 00:00:00'
from seq_1_to_20000;
insert into order_items (order_id, product_id, quantity)
select seq % 20000 + 1, seq % 3000 + 1, seq % 5 + 1 from seq_1_to_20000;
insert into audit_log (actor, action, at)
select concat('user', seq % 50), 'login', '2024-01-01 00:00:00' from seq_1_to_5000;
insert into countries (code, name)
values ('de', 'Germany'), ('fr', 'France'), ('pl', 'Poland'), ('it', 'Italy'), ('at', 'Austria');
