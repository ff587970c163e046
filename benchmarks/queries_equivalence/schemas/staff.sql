create table departments (
    id integer primary key,
    name text not null,
    budget integer,
    head_id integer
);
create table employees (
    id integer primary key,
    department_id integer references departments (id),
    manager_id integer references employees (id),
    name text not null,
    code char(4) not null,
    badge varchar(6),
    salary integer not null,
    bonus integer,
    big bigint,
    hired date not null,
    active boolean
);
alter table departments add foreign key (head_id) references employees (id);
create table rooms (
    id integer primary key,
    seats integer not null
);
create table bookings (
    id integer primary key,
    room_id integer not null references rooms (id),
    starts date not null,
    ends date not null,
    during int4range not null,
    guest text,
    check (starts <= ends)
);
create table absences (
    employee_id integer references employees (id),
    kind text not null,
    days integer
);
create view active_employees as
    select id, department_id, name, salary, bonus from employees where active;
