-- What an experienced DBA would make for the support desk, the most useful first.

-- Every ticket's comments are read by ticket; deleting a ticket looks there too.
create index on comments (ticket_id, created_at);

-- The queue: a few hundred rows of 200,000, in the order in which they are taken.
create index on jobs (queue, run_at) where status = 'queued';
create index on jobs (run_at) where status = 'running';
create index on jobs (finished_at) where status = 'failed';

-- The agent's list: open and pending tickets are one in twelve.
create index on tickets (assignee_id, priority desc, due_at)
    where status in ('open', 'pending') and deleted_at is null;

-- A tenant's tickets of a status, newest first; the pages over all statuses have their own order.
create index on tickets (tenant_id, status, created_at desc) where deleted_at is null;
create index on tickets (requester_id, created_at desc);

-- Login compares lower(email).
create index on users (lower(email)) where deleted_at is null;

-- Audit trail by ticket and by tenant; rare kinds apart, so that they cost nearly nothing.
create index on events (subject_id, created_at desc) where subject_id is not null;
create index on events (tenant_id, created_at desc);
create index on events (created_at desc) where kind = 'webhook_failed';

-- What tenants look up by their own ids; a hash of the text is enough for equality.
create index on tickets (tenant_id, (custom ->> 'external_id'))
    where custom ->> 'external_id' is not null;
create index on events using hash ((payload ->> 'request_id'));

-- Watched tickets of a user: the primary key begins with the ticket.
create index on watchers (user_id, ticket_id);

create index on tickets (tenant_id, created_at desc, id desc) where deleted_at is null;
create index on users (tenant_id, name, id) where deleted_at is null;
create index on tickets (updated_at desc) where status = 'escalated' and deleted_at is null;
create index on tickets (due_at)
    where status in ('open', 'pending') and deleted_at is null;
create index on invoices (tenant_id, issued_on) where status = 'open';

-- Text, tags and JSONB within the tenant.
create index on tickets using gin (search) where deleted_at is null;
create index on tickets using gin (tags) where deleted_at is null;
create index on tickets using gin (custom jsonb_path_ops) where deleted_at is null;
create index on tickets using gin (subject gin_trgm_ops) where deleted_at is null;
create index on invoices (paid_at) include (tenant_id, amount);
create index on events using gin (payload jsonb_path_ops);
