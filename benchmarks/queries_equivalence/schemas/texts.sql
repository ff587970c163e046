create extension if not exists citext;
create collation if not exists folded (
    provider = icu, locale = 'und-u-ks-level2', deterministic = false
);
create table accounts (
    id integer primary key,
    login citext not null,
    handle text collate folded,
    plain text,
    local text collate "und-x-icu"
);
