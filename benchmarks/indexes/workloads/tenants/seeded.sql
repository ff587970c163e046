-- Indexes as they gather in a schema of many years. seeded.toml says which may go and which not.

-- the same twice, under another name and beside a constraint
create index ix_tenants_slug on tenants (slug);
create index ix_comments_ticket on comments (ticket_id);
create index ix_comments_ticket_again on comments (ticket_id);
create index ix_users_email_lower on users (lower(email));
create index ix_users_lower_email on users (lower(email));
create index ix_api_keys_hash_md5 on api_keys using hash (key_hash);

-- the beginning of another
create index ix_events_tenant on events (tenant_id);
create index ix_events_tenant_created on events (tenant_id, created_at);
create index ix_invoices_tenant on invoices (tenant_id);
create index ix_watchers_ticket on watchers (ticket_id);
create index ix_tickets_requester on tickets (requester_id);
create index ix_tickets_requester_created on tickets (requester_id, created_at desc);

-- looks like the beginning of another, and is not
create index ix_tickets_assignee on tickets (assignee_id);
create index ix_tickets_assignee_open on tickets (assignee_id, due_at)
    where status in ('open', 'pending') and deleted_at is null;
create unique index ux_users_tenant_email on users (tenant_id, lower(email))
    where deleted_at is null;
create index ix_users_tenant on users (tenant_id);
create unique index ux_jobs_locked on jobs (locked_by, id) where status = 'running';
create index ix_jobs_locked on jobs (locked_by);
create index ix_events_subject on events (subject_id);
create index ix_events_subject_hash on events using hash (subject_id);

-- one index could do the work of two
create index ix_tickets_tenant_status on tickets (tenant_id, status);
create index ix_tickets_tenant_status_created on tickets (tenant_id, status, created_at desc);
create index ix_jobs_status on jobs (status);
create index ix_jobs_status_queue on jobs (status, queue);

-- used by nothing in the workload
create index ix_events_kind on events (kind);
create index ix_users_role on users (role);
create index ix_tickets_priority on tickets (priority);
create index ix_comments_body on comments (md5(body));

-- used by no read, but deleting a user or a tenant looks there for its foreign key
create index ix_comments_author on comments (author_id);
create index ix_watchers_user on watchers (user_id);

-- keeps a rule that no constraint keeps
create unique index ux_tickets_external on tickets (tenant_id, (custom ->> 'external_id'))
    where custom ->> 'external_id' is not null;
