-- What an experienced DBA would make for TPC-H without touching the tables, the most useful first.

-- Orders of customers, and parts and suppliers of lines: the joins that start at the small side.
create index on orders (o_custkey) include (o_orderdate);
create index on lineitem (l_partkey, l_suppkey)
    include (l_quantity, l_extendedprice, l_discount, l_orderkey);

-- Ranges of dates that pick a month or a quarter, answered from the index alone.
create index on lineitem (l_shipdate)
    include (l_partkey, l_suppkey, l_extendedprice, l_discount, l_quantity);
create index on orders (o_orderdate) include (o_orderkey, o_custkey, o_orderpriority);

-- Late lines and returned lines are a part of all.
create index on lineitem (l_shipmode, l_receiptdate)
    include (l_orderkey)
    where l_commitdate < l_receiptdate and l_shipdate < l_commitdate;
create index on lineitem (l_orderkey) include (l_suppkey) where l_receiptdate > l_commitdate;
create index on lineitem (l_orderkey) include (l_extendedprice, l_discount)
    where l_returnflag = 'R';

-- Quantities an order and lines of a supplier, from the index alone.
create index on lineitem (l_orderkey) include (l_quantity);
create index on lineitem (l_suppkey, l_orderkey) where l_receiptdate > l_commitdate;

create index on part (p_type) include (p_partkey);
create index on part (p_brand, p_container, p_size) include (p_partkey);
create index on partsupp (ps_suppkey) include (ps_partkey, ps_supplycost, ps_availqty);
create index on supplier (s_nationkey);
create index on customer (c_mktsegment, c_custkey);
create index on customer ((substring(c_phone from 1 for 2)), c_acctbal);
create index on customer (c_nationkey, c_custkey);
