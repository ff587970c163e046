select * from customers where id=7;
select * from customers where lower(email::text)='u77@ex.com';
select * from customers where tags @> array['t1','x11'];
select * from customers where meta @> '{"a":3,"b":"v13"}';
select * from customers where deleted_at is null and active order by created_at desc limit 20;
select * from app.orders where customer_id=5 order by placed_at desc limit 10;
select * from app.orders where status='failed' and placed_at > '2025-03-01';
select * from app.orders where country='c3' and city='c3-43';
select country, city, count(*) from app.orders group by 1,2;
select * from app.orders where note='abc';
select * from app.orders where during @> '2025-02-03'::timestamptz;
select * from app.orders where placed_at between '2025-02-01' and '2025-02-02';
select o.*, l.* from app.orders o join app.lines l on l.order_id=o.id where o.customer_id=17;
select c.name, sum(o.total) from customers c join app.orders o on o.customer_id=c.id group by 1
  order by 2 desc limit 5;
select c.id from customers c where not exists (select 1 from app.orders o where
  o.customer_id=c.id);
select sku, sum(qty) from app.lines where sku like 'sku12%' group by 1;
select sku, qty, price from app.lines where sku='sku12';
select * from app.lines where lower(sku)='sku77';
select * from events where kind='k3' and at>='2026-02-01' and at<'2026-02-03';
select count(*) from events where at>'2026-05-01';
select * from app.paid where customer_id in (1,2,3,4) order by id;
select * from totals where total>5000 order by total desc;
select o.id from app.orders o join app.lines l on l.order_id=o.id join customers c on
  c.id=o.customer_id where l.sku='sku100' and c.active;
select max(placed_at) from app.orders;
select max(placed_at) from app.orders where customer_id=3;
select * from app.orders where to_tsvector('simple', coalesce(note,'')) @@
  to_tsquery('simple','abc');
select * from app.orders o, lateral (select * from app.lines l where l.order_id=o.id order by no
  limit 1) x where o.placed_at>'2025-04-10';
select distinct customer_id from app.orders where status='failed';
update app.orders set note='x' where id=55;
delete from app.lines where order_id=7;
select * from customers where meta ->> 'b' = 'v13';
