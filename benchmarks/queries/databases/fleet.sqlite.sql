-- The part of the fleet that SQLite's cases ask; the rows are copied from PostgreSQL's.
create table driver (
  tenant integer not null, staff_no integer not null, name text not null, mail text not null,
  phone text, mentor_no integer, hired_on text not null, primary key (tenant, staff_no)
);
create index driver_mail_idx on driver (mail);
create index driver_phone_idx on driver (phone);
create table parcel (
  id integer primary key, barcode text not null, trip_no integer, weight_g integer not null,
  state text not null, receiver text not null, due_on text not null, delivered_at text
);
create index parcel_barcode_idx on parcel (barcode);
create index parcel_trip_no_idx on parcel (trip_no);
create index parcel_state_idx on parcel (state);
create index parcel_due_on_idx on parcel (due_on);
create index parcel_weight_g_idx on parcel (weight_g);
create table scan (
  id integer primary key, parcel_id integer not null references parcel, depot_code text not null,
  scanned_at text not null, hand_scanner text not null
);
create table reading (
  "vehicleNo" integer not null, seq integer not null, taken_at text not null,
  odometer_m integer not null, speed real not null, primary key ("vehicleNo", seq)
);
create table outbox (
  id integer primary key, topic text not null, sent integer not null, due_at text not null
);
create index outbox_due_at_idx on outbox (due_at);
create table toll (vehicle_no integer not null, road text not null, passed_at text not null, cents integer not null);
create index toll_road_idx on toll (road);
