-- Drafted from the declared tables; never changed once released.

CREATE TABLE calendar_day (
	day DATE NOT NULL,
	is_workday BOOLEAN NOT NULL,
	kind VARCHAR(20) NOT NULL,
	source_document TEXT NOT NULL,
	loaded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_calendar_day PRIMARY KEY (day)
);

CREATE TABLE outbox (
	sequence BIGINT GENERATED ALWAYS AS IDENTITY,
	event_id UUID NOT NULL,
	event_type TEXT NOT NULL,
	aggregate_id UUID NOT NULL,
	aggregate_version INTEGER NOT NULL,
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	envelope JSONB NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	sent_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_outbox PRIMARY KEY (sequence),
	CONSTRAINT uq_outbox_event_id UNIQUE (event_id)
);

CREATE INDEX ix_outbox_sent ON outbox (created_at) WHERE sent_at is not null;

CREATE INDEX ix_outbox_unsent ON outbox (sequence) WHERE sent_at is null;

CREATE INDEX ix_outbox_unsent_aggregate ON outbox (aggregate_id, aggregate_version) WHERE sent_at is null;

CREATE UNIQUE INDEX uq_outbox_aggregate ON outbox (aggregate_id, aggregate_version);

CREATE TABLE inbox (
	sequence BIGINT GENERATED ALWAYS AS IDENTITY,
	subscription VARCHAR(100) NOT NULL,
	event_id UUID NOT NULL,
	event_type TEXT NOT NULL,
	aggregate_id UUID NOT NULL,
	aggregate_version INTEGER NOT NULL,
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	envelope JSONB NOT NULL,
	state VARCHAR(10) DEFAULT 'pending' NOT NULL,
	attempts SMALLINT DEFAULT '0' NOT NULL,
	received_at TIMESTAMP WITH TIME ZONE NOT NULL,
	next_attempt_at TIMESTAMP WITH TIME ZONE NOT NULL,
	handled_at TIMESTAMP WITH TIME ZONE,
	last_error TEXT,
	resolution TEXT,
	CONSTRAINT pk_inbox PRIMARY KEY (sequence)
);

CREATE INDEX ix_inbox_due ON inbox (next_attempt_at, sequence) WHERE state = 'pending';

CREATE INDEX ix_inbox_handled ON inbox (handled_at) WHERE handled_at is not null;

CREATE INDEX ix_inbox_open ON inbox (subscription, aggregate_id, aggregate_version) WHERE state in ('pending', 'parked');

CREATE INDEX ix_inbox_parked ON inbox (sequence) WHERE state = 'parked';

CREATE UNIQUE INDEX uq_inbox_event ON inbox (subscription, event_id);

CREATE TABLE undecodable_message (
	sequence BIGINT GENERATED ALWAYS AS IDENTITY,
	subscription VARCHAR(100) NOT NULL,
	body BYTEA NOT NULL,
	reason TEXT NOT NULL,
	received_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_undecodable_message PRIMARY KEY (sequence)
);

CREATE TABLE trail (
	record_id UUID NOT NULL,
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	account_id UUID,
	actor_name TEXT NOT NULL,
	post_name TEXT NOT NULL,
	act VARCHAR(100) NOT NULL,
	object_kind VARCHAR(50) NOT NULL,
	object_id UUID NOT NULL,
	object_title TEXT NOT NULL,
	unit_id UUID,
	before JSONB,
	after JSONB,
	comment TEXT NOT NULL,
	correlation_id TEXT NOT NULL,
	position BIGINT,
	digest TEXT,
	CONSTRAINT pk_trail PRIMARY KEY (record_id),
	CONSTRAINT uq_trail_position UNIQUE (position)
);

CREATE INDEX ix_trail_object ON trail (object_id, at);

CREATE INDEX ix_trail_region ON trail (region_code, fiscal_year, record_id);

CREATE INDEX ix_trail_region_all ON trail (region_code, record_id);

CREATE INDEX ix_trail_unsealed ON trail (record_id) WHERE position is null;

CREATE TABLE trail_head (
	sequence BIGINT GENERATED ALWAYS AS IDENTITY,
	position BIGINT NOT NULL,
	digest TEXT NOT NULL,
	algorithm VARCHAR(20) NOT NULL,
	key_id TEXT NOT NULL,
	signature TEXT NOT NULL,
	signed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_trail_head PRIMARY KEY (sequence)
);

CREATE TABLE verification_key (
	kid VARCHAR(80) NOT NULL,
	public_pem TEXT NOT NULL,
	algorithm VARCHAR(20) NOT NULL,
	valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
	retired_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_verification_key PRIMARY KEY (kid)
);

CREATE TABLE revoked_session (
	session_id UUID NOT NULL,
	revoked_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_revoked_session PRIMARY KEY (session_id)
);

CREATE INDEX ix_revoked_session_expires_at ON revoked_session (expires_at);

CREATE TABLE unit (
	region_code VARCHAR(9) NOT NULL,
	unit_id UUID NOT NULL,
	code VARCHAR(40) NOT NULL,
	name TEXT NOT NULL,
	pinyin TEXT NOT NULL,
	parent_id UUID,
	department_id UUID NOT NULL,
	is_department BOOLEAN NOT NULL,
	path TEXT NOT NULL,
	kind VARCHAR(20) NOT NULL,
	lead_office VARCHAR(40),
	lead_office_name TEXT NOT NULL,
	head_name TEXT NOT NULL,
	contact TEXT NOT NULL,
	phone TEXT NOT NULL,
	state VARCHAR(10) NOT NULL,
	version INTEGER NOT NULL,
	search TSVECTOR NOT NULL,
	CONSTRAINT pk_unit PRIMARY KEY (region_code, unit_id)
);

CREATE INDEX ix_unit_code ON unit (region_code, code);

CREATE INDEX ix_unit_lead_office ON unit (region_code, lead_office);

CREATE INDEX ix_unit_path ON unit (region_code, path);

CREATE INDEX ix_unit_pinyin ON unit (region_code, pinyin, unit_id);

CREATE INDEX ix_unit_search ON unit USING gin (search);

CREATE TABLE upload (
	region_code VARCHAR(9) NOT NULL,
	uploader TEXT NOT NULL,
	digest VARCHAR(64) NOT NULL,
	filename TEXT NOT NULL,
	media_type TEXT NOT NULL,
	size INTEGER NOT NULL,
	uploaded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_upload PRIMARY KEY (region_code, uploader, digest)
);

CREATE INDEX ix_upload_digest ON upload (digest);

CREATE INDEX ix_upload_unused ON upload (uploaded_at) WHERE used_at is null;

CREATE TABLE active_policy (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	code VARCHAR(60) NOT NULL,
	version VARCHAR(20) NOT NULL,
	digest VARCHAR(64) NOT NULL,
	content JSONB NOT NULL,
	answers JSONB NOT NULL,
	activated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	activated_by TEXT NOT NULL,
	CONSTRAINT pk_active_policy PRIMARY KEY (region_code, fiscal_year)
);

CREATE TABLE lease (
	name VARCHAR(100) NOT NULL,
	holder VARCHAR(200) NOT NULL,
	epoch BIGINT NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_lease PRIMARY KEY (name)
);

CREATE TABLE job_run (
	job_key VARCHAR(100) NOT NULL,
	due_at TIMESTAMP WITH TIME ZONE NOT NULL,
	epoch BIGINT NOT NULL,
	state VARCHAR(10) NOT NULL,
	attempts SMALLINT DEFAULT '1' NOT NULL,
	last_error TEXT,
	finished_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT pk_job_run PRIMARY KEY (job_key, due_at)
);

CREATE INDEX ix_job_run_done ON job_run (job_key, finished_at) WHERE state = 'done';

CREATE INDEX ix_job_run_finished ON job_run (finished_at);

CREATE TABLE task (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	task_id UUID NOT NULL,
	version INTEGER NOT NULL,
	kind VARCHAR(60) NOT NULL,
	title TEXT NOT NULL,
	subject_kind VARCHAR(60) NOT NULL,
	subject_id UUID NOT NULL,
	unit_id UUID NOT NULL,
	role VARCHAR(40) NOT NULL,
	tab VARCHAR(10) NOT NULL,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	due_on DATE,
	first_due_on DATE,
	provisional BOOLEAN NOT NULL,
	closed_at TIMESTAMP WITH TIME ZONE,
	outcome TEXT,
	closed_by UUID,
	CONSTRAINT pk_task PRIMARY KEY (region_code, fiscal_year, task_id)
);

CREATE INDEX ix_task_open ON task (region_code, role, due_on, task_id) WHERE closed_at is null;

CREATE INDEX ix_task_subject_open ON task (subject_id) WHERE closed_at is null;

CREATE TABLE idempotency_key (
	account TEXT NOT NULL,
	route TEXT NOT NULL,
	key VARCHAR(200) NOT NULL,
	request_hash VARCHAR(64) NOT NULL,
	status SMALLINT NOT NULL,
	headers JSONB NOT NULL,
	body TEXT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_idempotency_key PRIMARY KEY (account, route, key)
);

CREATE INDEX ix_idempotency_key_created_at ON idempotency_key (created_at);

CREATE FUNCTION trail_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = TG_OP || ' on ' || TG_TABLE_NAME || ' refused: the trail is append-only';
END
$$;

CREATE FUNCTION trail_seal_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unsealed trail;
BEGIN
    unsealed := NEW;
    unsealed.position := NULL;
    unsealed.digest := NULL;
    -- *= compares bytes: 1 and 1.0 are equal in jsonb but not in the digest.
    IF NEW.position IS NOT NULL AND NEW.digest IS NOT NULL AND unsealed *= OLD THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = 'UPDATE on trail refused: the trail is append-only';
END
$$;

CREATE TRIGGER trail_insert BEFORE INSERT ON trail FOR EACH ROW
    WHEN (NEW.position IS NOT NULL OR NEW.digest IS NOT NULL) EXECUTE FUNCTION trail_refuse();
CREATE TRIGGER trail_update BEFORE UPDATE ON trail FOR EACH ROW EXECUTE FUNCTION trail_seal_only();
CREATE TRIGGER trail_delete BEFORE DELETE ON trail FOR EACH ROW EXECUTE FUNCTION trail_refuse();
CREATE TRIGGER trail_truncate BEFORE TRUNCATE ON trail EXECUTE FUNCTION trail_refuse();
CREATE TRIGGER trail_head_change BEFORE UPDATE OR DELETE ON trail_head
    FOR EACH ROW EXECUTE FUNCTION trail_refuse();
CREATE TRIGGER trail_head_truncate BEFORE TRUNCATE ON trail_head EXECUTE FUNCTION trail_refuse();
