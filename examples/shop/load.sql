-- As many rows as a shop of some years has, for trying how long its pages take:
--   PGOPTIONS="-c shop.orders=2000000" psql shop -f load.sql
-- in a database that was migrated and has no rows. Three lines an order, a customer for every
-- second one, a product for every tenth. The same rows each time.

select setseed(0.5);

insert into categories (slug, name, position)
select 'category-' || i, 'Category ' || i, i from generate_series(1, 40) i;

insert into products (sku, slug, title, description, category_id, attributes, is_published,
                      created_at)
select 'P-' || i, 'product-' || i,
       (array['Yirgacheffe', 'Huehuetenango', 'Kayanza', 'Sidamo', 'House', 'Nordic', 'Gooseneck',
              'Conical', 'Paper', 'Glass', 'Copper'])[1 + i % 11]
         || ' ' || (array['Natural', 'Washed', 'Espresso', 'Kettle', 'Grinder', 'Filters',
                          'Server'])[1 + i / 11 % 7] || ' ' || i,
       repeat('Ripe, sweet and clean in the cup. ', 2 + i % 6), 1 + i % 40,
       jsonb_build_object('roast', (array['light', 'dark'])[1 + i % 2]), i % 20 > 0,
       timestamptz '2023-11-01' + i * interval '1 minute'
from generate_series(1, current_setting('shop.orders')::int / 10) i;

insert into product_variants (product_id, name, price, weight_grams, position)
select p.id, v.name, 9.9 + p.id % 40, v.grams, v.position
from products p, (values ('250 g', 250, 1), ('1 kg', 1000, 2)) v (name, grams, position)
order by p.id, v.position;

insert into warehouses (code, name) values ('GBG', 'Gothenburg'), ('MMA', 'Malmö');

insert into stock_levels (warehouse_id, variant_id, on_hand, reserved)
select w.id, v.id, 10 + (random() * 200)::int, (random() * 10)::int
from product_variants v, warehouses w order by v.id;

insert into users (email, password_hash, full_name, is_active, marketing_opt_in, preferences,
                   created_at)
select lower(first || '.' || last || i) || '@' || host, md5(i::text), first || ' ' || last,
       i % 50 > 0, (array[true, false, null])[1 + i % 3], '{}',
       timestamptz '2023-11-01' + i * interval '1 minute'
from generate_series(1, current_setting('shop.orders')::int / 2) i,
     lateral (select (array['Ada', 'Bo', 'Cleo', 'Dag', 'Eva', 'Finn', 'Greta', 'Hugo', 'Ida',
                            'Jon', 'Kaja'])[1 + i % 11],
                     (array['Lindqvist', 'Nyström', 'Hagen', 'Solberg', 'Moreau', 'Okafor',
                            'Berg', 'Dahl', 'Ekman', 'Falk', 'Holm', 'Krog', 'Lund'])[1 + i % 13],
                     (array['example.com', 'example.org', 'example.net'])[1 + i % 3]
             ) n (first, last, host);

insert into addresses (user_id, recipient, line1, postal_code, city, country_code)
select id, full_name, 'Storgatan ' || id % 200, lpad((id % 99999)::text, 5, '0'), 'Göteborg', 'SE'
from users order by id;

-- Three years of orders; two thirds of the customers make most of them.
insert into orders (number, user_id, shipping_address_id, status, currency, total_amount,
                    sales_channel, placed_at, created_at)
select to_char(moment, 'YYYY') || '-' || i, customer, customer,
       case when i > count - count / 200 then (array['pending', 'paid', 'packed'])[1 + i % 3]
            when i % 25 = 0 then 'cancelled' else 'delivered' end,
       'EUR', 10 + i % 190, (array['web', 'web', 'web', 'phone', 'till'])[1 + i % 5],
       moment at time zone 'UTC', moment
from (select current_setting('shop.orders')::int) n (count),
     generate_series(1, count) i,
     lateral (select 1 + floor(power(random() + i * 0, 1.5) * (count / 2))::bigint,
                     timestamptz '2023-11-01 00:00+00' + i * interval '3 years' / count
             ) o (customer, moment);

insert into order_items (order_id, variant_id, quantity, unit_price)
select o.id, 1 + floor(power(random() + o.id * 0, 2) * v.count)::bigint, 1 + k % 2, 12.5
from orders o, generate_series(1, 3) k,
     (select count(*) - count(*) / 50 from product_variants) v (count)
on conflict do nothing;

insert into payments (id, order_id, provider, provider_payment_id, status, amount, created_at)
select md5(id::text)::uuid, id, 'adyen', 'psp-' || id,
       case when status = 'cancelled' then 'refunded' else 'captured' end::payment_status,
       total_amount, created_at
from orders where status <> 'pending';

insert into reviews (product_id, user_id, rating, body, is_approved, created_at)
select 1 + i % p.count, 1 + i * 7 % u.count, 1 + i % 5, 'Bright and sweet.', i % 10 > 0,
       timestamptz '2024-01-01' + i * interval '1 minute'
from (select count(*) from products) p, (select count(*) from users) u,
     generate_series(1, p.count) i
on conflict do nothing;

analyze;
