-- Drafted from the declared tables; never changed once released.

CREATE TABLE accountability_case (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	case_id UUID NOT NULL,
	version INTEGER NOT NULL,
	number VARCHAR(40) NOT NULL,
	state VARCHAR(30) NOT NULL,
	trigger VARCHAR(30) NOT NULL,
	title TEXT NOT NULL,
	facts TEXT NOT NULL,
	legal_basis TEXT NOT NULL,
	document_number TEXT NOT NULL,
	acted_on DATE NOT NULL,
	proposed_by_body VARCHAR(12) NOT NULL,
	receiver VARCHAR(12) NOT NULL,
	proposed_measures JSONB NOT NULL,
	measures JSONB NOT NULL,
	unit_id UUID NOT NULL,
	is_lifetime BOOLEAN NOT NULL,
	project_name TEXT NOT NULL,
	evidence JSONB NOT NULL,
	proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	proposed_by UUID,
	proposer_name TEXT NOT NULL,
	last_on DATE,
	sent_on DATE,
	decided_on DATE,
	decision_number TEXT NOT NULL,
	term_on DATE,
	executed_on DATE,
	closed_on DATE,
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_accountability_case PRIMARY KEY (region_code, fiscal_year, case_id)
);

CREATE INDEX ix_accountability_case_order ON accountability_case (region_code, case_id);

CREATE INDEX ix_accountability_case_unit ON accountability_case (region_code, unit_id);

CREATE UNIQUE INDEX uq_accountability_case_number ON accountability_case (region_code, fiscal_year, number);

CREATE TABLE accountability_finding (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	case_id UUID NOT NULL,
	finding_year SMALLINT NOT NULL,
	finding_id UUID NOT NULL,
	CONSTRAINT pk_accountability_finding PRIMARY KEY (region_code, fiscal_year, case_id, finding_year, finding_id)
);

CREATE INDEX ix_accountability_finding_finding ON accountability_finding (region_code, finding_id);

CREATE TABLE accountability_unit (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	case_id UUID NOT NULL,
	unit_id UUID NOT NULL,
	CONSTRAINT pk_accountability_unit PRIMARY KEY (region_code, fiscal_year, case_id, unit_id)
);

CREATE TABLE accountability_person (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	case_id UUID NOT NULL,
	position SMALLINT NOT NULL,
	unit_id UUID NOT NULL,
	name TEXT NOT NULL,
	title TEXT NOT NULL,
	capacity VARCHAR(16) NOT NULL,
	started_on DATE,
	ended_on DATE,
	basis TEXT NOT NULL,
	CONSTRAINT pk_accountability_person PRIMARY KEY (region_code, fiscal_year, case_id, position)
);

CREATE INDEX ix_accountability_person_unit ON accountability_person (region_code, unit_id);

CREATE TABLE accountability_paper (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	paper_id UUID NOT NULL,
	case_id UUID NOT NULL,
	act VARCHAR(30) NOT NULL,
	document_number TEXT NOT NULL,
	dated_on DATE,
	scan_digest VARCHAR(64) NOT NULL,
	scan_name TEXT NOT NULL,
	text TEXT NOT NULL,
	leader_name TEXT NOT NULL,
	measures JSONB NOT NULL,
	term_on DATE,
	entered_at TIMESTAMP WITH TIME ZONE NOT NULL,
	entered_by UUID,
	enterer_name TEXT NOT NULL,
	post_name TEXT NOT NULL,
	CONSTRAINT pk_accountability_paper PRIMARY KEY (region_code, fiscal_year, paper_id)
);

CREATE INDEX ix_accountability_paper_case ON accountability_paper (region_code, fiscal_year, case_id);

CREATE TABLE accountability_member (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	case_id UUID NOT NULL,
	body VARCHAR(20) NOT NULL,
	rights VARCHAR(12) NOT NULL,
	basis TEXT NOT NULL,
	joined_on DATE NOT NULL,
	inviter_name TEXT NOT NULL,
	CONSTRAINT pk_accountability_member PRIMARY KEY (region_code, fiscal_year, case_id, body)
);

CREATE TABLE accountability_minutes (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	minutes_id UUID NOT NULL,
	case_id UUID NOT NULL,
	held_on DATE NOT NULL,
	attendees TEXT NOT NULL,
	text TEXT NOT NULL,
	scan_digest VARCHAR(64) NOT NULL,
	scan_name TEXT NOT NULL,
	entered_at TIMESTAMP WITH TIME ZONE NOT NULL,
	enterer_name TEXT NOT NULL,
	CONSTRAINT pk_accountability_minutes PRIMARY KEY (region_code, fiscal_year, minutes_id)
);

CREATE INDEX ix_accountability_minutes_case ON accountability_minutes (region_code, fiscal_year, case_id);

CREATE TABLE accountability_task (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	case_task_id UUID NOT NULL,
	case_id UUID NOT NULL,
	minutes_id UUID NOT NULL,
	body VARCHAR(20) NOT NULL,
	person TEXT NOT NULL,
	what TEXT NOT NULL,
	due_on DATE NOT NULL,
	done_on DATE,
	done_note TEXT NOT NULL,
	doer_name TEXT NOT NULL,
	CONSTRAINT pk_accountability_task PRIMARY KEY (region_code, fiscal_year, case_task_id)
);

CREATE INDEX ix_accountability_task_case ON accountability_task (region_code, fiscal_year, case_id);

CREATE TABLE clue (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	clue_id UUID NOT NULL,
	version INTEGER NOT NULL,
	number VARCHAR(40) NOT NULL,
	state VARCHAR(12) NOT NULL,
	sender VARCHAR(12) NOT NULL,
	sender_post UUID,
	sender_name TEXT NOT NULL,
	receiver VARCHAR(16) NOT NULL,
	receiver_post UUID,
	receiver_name TEXT NOT NULL,
	found_on DATE NOT NULL,
	document_number VARCHAR(120) NOT NULL,
	transferred_on DATE,
	receipt_due_on DATE,
	receipt_number VARCHAR(120) NOT NULL,
	receipted_on DATE,
	feedback_due_on DATE,
	handled_from DATE,
	feedback_number VARCHAR(120) NOT NULL,
	fed_back_on DATE,
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_clue PRIMARY KEY (region_code, fiscal_year, clue_id)
);

CREATE INDEX ix_clue_order ON clue (region_code, clue_id);

CREATE UNIQUE INDEX uq_clue_document ON clue (region_code, sender, document_number) WHERE document_number <> '';

CREATE UNIQUE INDEX uq_clue_number ON clue (region_code, fiscal_year, number);

CREATE TABLE clue_content (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	clue_id UUID NOT NULL,
	algorithm VARCHAR(20) NOT NULL,
	key_id VARCHAR(60) NOT NULL,
	nonce BYTEA NOT NULL,
	ciphertext BYTEA NOT NULL,
	CONSTRAINT pk_clue_content PRIMARY KEY (region_code, fiscal_year, clue_id)
);

CREATE TABLE desk_task (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	task_id UUID NOT NULL,
	version INTEGER NOT NULL,
	source VARCHAR(30) NOT NULL,
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
	closed_by UUID,
	outcome TEXT,
	CONSTRAINT pk_desk_task PRIMARY KEY (region_code, fiscal_year, task_id)
);

CREATE INDEX ix_desk_task_done ON desk_task (region_code, closed_by, closed_at, task_id);

CREATE INDEX ix_desk_task_late ON desk_task (region_code, fiscal_year, kind, due_on, task_id) WHERE closed_at is null;

CREATE INDEX ix_desk_task_open ON desk_task (region_code, role, tab, due_on, task_id) WHERE closed_at is null;

CREATE INDEX ix_desk_task_unit ON desk_task (region_code, unit_id);

CREATE TABLE escalation (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	escalation_id UUID NOT NULL,
	version INTEGER NOT NULL,
	kind VARCHAR(30) NOT NULL,
	subject_kind VARCHAR(60) NOT NULL,
	subject_id UUID NOT NULL,
	subject_title TEXT NOT NULL,
	unit_id UUID NOT NULL,
	due_on DATE NOT NULL,
	rung VARCHAR(30) NOT NULL,
	place SMALLINT NOT NULL,
	title TEXT NOT NULL,
	way VARCHAR(12) NOT NULL,
	demand TEXT NOT NULL,
	is_paper BOOLEAN NOT NULL,
	role VARCHAR(40),
	reached_on DATE NOT NULL,
	climbed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	pack_code VARCHAR(60) NOT NULL,
	pack_version VARCHAR(20) NOT NULL,
	state VARCHAR(10) NOT NULL,
	document_number TEXT NOT NULL,
	document_on DATE,
	scan_digest TEXT NOT NULL,
	scan_name TEXT NOT NULL,
	person TEXT NOT NULL,
	note TEXT NOT NULL,
	settled_at TIMESTAMP WITH TIME ZONE,
	settled_by UUID,
	settler_name TEXT NOT NULL,
	CONSTRAINT pk_escalation PRIMARY KEY (region_code, fiscal_year, escalation_id)
);

CREATE INDEX ix_escalation_reached ON escalation (region_code, reached_on, escalation_id);

CREATE INDEX ix_escalation_unit ON escalation (region_code, unit_id, reached_on);

CREATE INDEX ix_escalation_waiting ON escalation (region_code, role, reached_on, escalation_id) WHERE state = 'waiting';

CREATE UNIQUE INDEX uq_escalation_rung ON escalation (region_code, fiscal_year, subject_id, kind, due_on, rung);

CREATE TABLE finding (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	finding_id UUID NOT NULL,
	version INTEGER NOT NULL,
	work_year SMALLINT NOT NULL,
	number VARCHAR(40) NOT NULL,
	state VARCHAR(20) NOT NULL,
	source VARCHAR(20) NOT NULL,
	source_document TEXT NOT NULL,
	source_key VARCHAR(120) NOT NULL,
	raised_by VARCHAR(12) NOT NULL,
	title TEXT NOT NULL,
	description TEXT NOT NULL,
	category VARCHAR(20) NOT NULL,
	basis TEXT NOT NULL,
	demand TEXT NOT NULL,
	kind VARCHAR(12) NOT NULL,
	unit_id UUID NOT NULL,
	lead_office VARCHAR(20),
	responsible_person TEXT NOT NULL,
	project_id UUID,
	project_name TEXT NOT NULL,
	amount NUMERIC(18, 2),
	amount_rectified NUMERIC(18, 2) NOT NULL,
	progress SMALLINT NOT NULL,
	progress_note TEXT NOT NULL,
	measures_summary TEXT NOT NULL,
	evidence_count SMALLINT NOT NULL,
	due_on DATE,
	first_due_on DATE,
	buffer_on DATE,
	provisional BOOLEAN NOT NULL,
	deadline_rule VARCHAR(60) NOT NULL,
	pack_code VARCHAR(60) NOT NULL,
	pack_version VARCHAR(20) NOT NULL,
	times_extended SMALLINT NOT NULL,
	times_returned SMALLINT NOT NULL,
	times_reopened SMALLINT NOT NULL,
	times_urged SMALLINT NOT NULL,
	is_repeated BOOLEAN NOT NULL,
	is_refused BOOLEAN NOT NULL,
	is_falsified BOOLEAN NOT NULL,
	is_partly_recognised BOOLEAN NOT NULL,
	assigned_to UUID,
	assigned_name TEXT NOT NULL,
	merged_into_year SMALLINT,
	merged_into UUID,
	earlier_year SMALLINT,
	earlier_id UUID,
	notice_id UUID,
	registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
	registered_by UUID,
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	reported_at TIMESTAMP WITH TIME ZONE,
	reported_by UUID,
	rechecked_at TIMESTAMP WITH TIME ZONE,
	rechecked_by UUID,
	rechecker_name TEXT NOT NULL,
	closed_on DATE,
	closed_by UUID,
	closer_name TEXT NOT NULL,
	look_back_verdict VARCHAR(16),
	look_back_on DATE,
	re_question_on DATE,
	CONSTRAINT pk_finding PRIMARY KEY (region_code, fiscal_year, finding_id)
);

CREATE INDEX ix_finding_by_amount ON finding (region_code, coalesce(amount, 0), finding_id);

CREATE INDEX ix_finding_by_due ON finding (region_code, coalesce(due_on, '9999-12-31'::date), finding_id);

CREATE INDEX ix_finding_by_number ON finding (region_code, number, finding_id);

CREATE INDEX ix_finding_by_progress ON finding (region_code, progress, finding_id);

CREATE INDEX ix_finding_due ON finding (region_code, fiscal_year, due_on, finding_id);

CREATE INDEX ix_finding_office ON finding (region_code, fiscal_year, lead_office, due_on);

CREATE INDEX ix_finding_open ON finding (region_code, due_on, finding_id) WHERE state in ('registered','notified','accepted_by_unit','disputed','rectifying','reported','verified');

CREATE INDEX ix_finding_state ON finding (region_code, fiscal_year, state, due_on, finding_id);

CREATE INDEX ix_finding_unit ON finding (region_code, unit_id, due_on);

CREATE UNIQUE INDEX uq_finding_number ON finding (region_code, fiscal_year, number);

CREATE UNIQUE INDEX uq_finding_source ON finding (region_code, source, source_key);

CREATE TABLE finding_unit (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	finding_id UUID NOT NULL,
	unit_id UUID NOT NULL,
	duty VARCHAR(10) NOT NULL,
	CONSTRAINT pk_finding_unit PRIMARY KEY (region_code, fiscal_year, finding_id, unit_id)
);

CREATE INDEX ix_finding_unit_unit ON finding_unit (region_code, unit_id, finding_id);

CREATE TABLE finding_money (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	finding_id UUID NOT NULL,
	kind VARCHAR(20) NOT NULL,
	demanded NUMERIC(18, 2) NOT NULL,
	reported NUMERIC(18, 2) NOT NULL,
	recognised NUMERIC(18, 2) NOT NULL,
	CONSTRAINT pk_finding_money PRIMARY KEY (region_code, fiscal_year, finding_id, kind)
);

CREATE TABLE measure (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	finding_id UUID NOT NULL,
	position SMALLINT NOT NULL,
	measure TEXT NOT NULL,
	owner TEXT NOT NULL,
	due_on DATE NOT NULL,
	is_wider BOOLEAN NOT NULL,
	done_on DATE,
	note TEXT NOT NULL,
	CONSTRAINT pk_measure PRIMARY KEY (region_code, fiscal_year, finding_id, position)
);

CREATE TABLE unit_head (
	region_code VARCHAR(9) NOT NULL,
	tenure_id UUID NOT NULL,
	unit_id UUID NOT NULL,
	name TEXT NOT NULL,
	title TEXT NOT NULL,
	started_on DATE,
	ended_on DATE,
	document_number TEXT NOT NULL,
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	recorder_name TEXT NOT NULL,
	CONSTRAINT pk_unit_head PRIMARY KEY (region_code, tenure_id)
);

CREATE INDEX ix_unit_head_unit ON unit_head (region_code, unit_id, recorded_at);

CREATE TABLE ledger_batch (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	batch_id UUID NOT NULL,
	kind VARCHAR(10) NOT NULL,
	state VARCHAR(10) NOT NULL,
	title TEXT NOT NULL,
	account_id UUID NOT NULL,
	actor JSONB NOT NULL,
	command JSONB NOT NULL,
	total INTEGER NOT NULL,
	done INTEGER NOT NULL,
	failed INTEGER NOT NULL,
	failures JSONB NOT NULL,
	attempts SMALLINT NOT NULL,
	claimed_until TIMESTAMP WITH TIME ZONE,
	started_at TIMESTAMP WITH TIME ZONE NOT NULL,
	finished_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_ledger_batch PRIMARY KEY (region_code, fiscal_year, batch_id)
);

CREATE INDEX ix_ledger_batch_account ON ledger_batch (region_code, account_id, started_at);

CREATE INDEX ix_ledger_batch_open ON ledger_batch (started_at) WHERE state in ('waiting','running');

CREATE TABLE ledger_file (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	batch_id UUID NOT NULL,
	file_name TEXT NOT NULL,
	content BYTEA NOT NULL,
	CONSTRAINT pk_ledger_file PRIMARY KEY (region_code, fiscal_year, batch_id)
);

CREATE TABLE office (
	region_code VARCHAR(9) NOT NULL,
	code VARCHAR(30) NOT NULL,
	name TEXT NOT NULL,
	phone TEXT NOT NULL,
	CONSTRAINT pk_office PRIMARY KEY (region_code, code)
);

CREATE TABLE account (
	region_code VARCHAR(9) NOT NULL,
	account_id UUID NOT NULL,
	version INTEGER NOT NULL,
	login VARCHAR(60) NOT NULL,
	name TEXT NOT NULL,
	phone TEXT NOT NULL,
	password_hash TEXT NOT NULL,
	must_change_password BOOLEAN NOT NULL,
	failed_attempts SMALLINT NOT NULL,
	locked_until TIMESTAMP WITH TIME ZONE,
	state VARCHAR(12) NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_account PRIMARY KEY (region_code, account_id)
);

CREATE INDEX ix_account_name ON account (region_code, name, account_id);

CREATE UNIQUE INDEX uq_account_login ON account (login);

CREATE TABLE post (
	region_code VARCHAR(9) NOT NULL,
	post_id UUID NOT NULL,
	version INTEGER NOT NULL,
	name TEXT NOT NULL,
	unit_id UUID,
	office VARCHAR(30),
	roles JSONB NOT NULL,
	state VARCHAR(12) NOT NULL,
	CONSTRAINT pk_post PRIMARY KEY (region_code, post_id)
);

CREATE INDEX ix_post_unit ON post (region_code, unit_id);

CREATE TABLE session (
	region_code VARCHAR(9) NOT NULL,
	session_id UUID NOT NULL,
	account_id UUID NOT NULL,
	post_id UUID NOT NULL,
	csrf TEXT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	ended_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_session PRIMARY KEY (region_code, session_id)
);

CREATE INDEX ix_session_account_open ON session (region_code, account_id) WHERE ended_at is null;

CREATE INDEX ix_session_created ON session (region_code, created_at, session_id);

CREATE TABLE client (
	region_code VARCHAR(9) NOT NULL,
	client_id UUID NOT NULL,
	version INTEGER NOT NULL,
	name TEXT NOT NULL,
	role VARCHAR(40) NOT NULL,
	secret_hash TEXT NOT NULL,
	state VARCHAR(12) NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_client PRIMARY KEY (region_code, client_id)
);

CREATE TABLE policy_activation (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	number INTEGER NOT NULL,
	code VARCHAR(60) NOT NULL,
	pack_version VARCHAR(20) NOT NULL,
	digest VARCHAR(64) NOT NULL,
	answers JSONB NOT NULL,
	basis TEXT NOT NULL,
	activated_on DATE NOT NULL,
	activated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	activated_by TEXT NOT NULL,
	CONSTRAINT pk_policy_activation PRIMARY KEY (region_code, fiscal_year, number)
);

CREATE TABLE calendar_change (
	region_code VARCHAR(9) NOT NULL,
	number INTEGER NOT NULL,
	source_document TEXT NOT NULL,
	days JSONB NOT NULL,
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	changed_by TEXT NOT NULL,
	CONSTRAINT pk_calendar_change PRIMARY KEY (region_code, number)
);

CREATE TABLE notice (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	notice_id UUID NOT NULL,
	version INTEGER NOT NULL,
	state VARCHAR(12) NOT NULL,
	unit_id UUID NOT NULL,
	raised_by VARCHAR(12) NOT NULL,
	subject TEXT NOT NULL,
	contact TEXT NOT NULL,
	issuer TEXT NOT NULL,
	drafted_at TIMESTAMP WITH TIME ZONE NOT NULL,
	drafted_by UUID,
	drafter_name TEXT NOT NULL,
	document_number TEXT NOT NULL,
	issued_on DATE,
	scan_digest TEXT NOT NULL,
	receipt_due_on DATE,
	signed_on DATE,
	signer_name TEXT NOT NULL,
	signed_scan_digest TEXT NOT NULL,
	CONSTRAINT pk_notice PRIMARY KEY (region_code, fiscal_year, notice_id)
);

CREATE INDEX ix_notice_state ON notice (region_code, fiscal_year, state, notice_id);

CREATE INDEX ix_notice_unit ON notice (region_code, fiscal_year, unit_id);

CREATE TABLE rectification_report (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	report_id UUID NOT NULL,
	finding_id UUID NOT NULL,
	sequence SMALLINT NOT NULL,
	completion VARCHAR(10) NOT NULL,
	narrative TEXT NOT NULL,
	unfinished_reason TEXT NOT NULL,
	next_step TEXT NOT NULL,
	regulations JSONB NOT NULL,
	people_held_accountable SMALLINT NOT NULL,
	money JSONB NOT NULL,
	money_note TEXT NOT NULL,
	signer_name TEXT NOT NULL,
	scan_digest TEXT NOT NULL,
	print_code VARCHAR(20) NOT NULL,
	is_late BOOLEAN NOT NULL,
	reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
	reported_by UUID,
	reporter_name TEXT NOT NULL,
	CONSTRAINT pk_rectification_report PRIMARY KEY (region_code, fiscal_year, report_id)
);

CREATE INDEX ix_rectification_report_finding ON rectification_report (region_code, fiscal_year, finding_id);

CREATE TABLE evidence (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	evidence_id UUID NOT NULL,
	finding_id UUID NOT NULL,
	attached_to VARCHAR(16) NOT NULL,
	report_id UUID,
	measure_position SMALLINT,
	digest VARCHAR(64) NOT NULL,
	file_name TEXT NOT NULL,
	added_at TIMESTAMP WITH TIME ZONE NOT NULL,
	added_by UUID,
	adder_name TEXT NOT NULL,
	CONSTRAINT pk_evidence PRIMARY KEY (region_code, fiscal_year, evidence_id)
);

CREATE INDEX ix_evidence_finding ON evidence (region_code, fiscal_year, finding_id);

CREATE TABLE verdict (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	verdict_id UUID NOT NULL,
	finding_id UUID NOT NULL,
	act VARCHAR(24) NOT NULL,
	opinion TEXT NOT NULL,
	is_on_site BOOLEAN NOT NULL,
	recognised JSONB NOT NULL,
	document_number TEXT NOT NULL,
	leader_name TEXT NOT NULL,
	scan_digest TEXT NOT NULL,
	decided_on DATE NOT NULL,
	decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
	decided_by UUID,
	decider_name TEXT NOT NULL,
	post_name TEXT NOT NULL,
	CONSTRAINT pk_verdict PRIMARY KEY (region_code, fiscal_year, verdict_id)
);

CREATE INDEX ix_verdict_finding ON verdict (region_code, fiscal_year, finding_id);

CREATE TABLE finding_extension (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	extension_id UUID NOT NULL,
	finding_id UUID NOT NULL,
	batch_id UUID NOT NULL,
	previous_due_on DATE,
	due_on DATE NOT NULL,
	document_number TEXT NOT NULL,
	reason TEXT NOT NULL,
	extended_at TIMESTAMP WITH TIME ZONE NOT NULL,
	extended_by UUID,
	extender_name TEXT NOT NULL,
	CONSTRAINT pk_finding_extension PRIMARY KEY (region_code, fiscal_year, extension_id)
);

CREATE INDEX ix_finding_extension_finding ON finding_extension (region_code, fiscal_year, finding_id);

CREATE TABLE urging (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	urging_id UUID NOT NULL,
	finding_id UUID NOT NULL,
	batch_id UUID NOT NULL,
	means VARCHAR(10) NOT NULL,
	state VARCHAR(10) NOT NULL,
	document_number TEXT NOT NULL,
	sent_on DATE,
	scan_digest TEXT NOT NULL,
	person TEXT NOT NULL,
	note TEXT NOT NULL,
	new_due_on DATE,
	urged_at TIMESTAMP WITH TIME ZONE NOT NULL,
	urged_by UUID,
	urger_name TEXT NOT NULL,
	CONSTRAINT pk_urging PRIMARY KEY (region_code, fiscal_year, urging_id)
);

CREATE INDEX ix_urging_about ON urging (finding_id);

CREATE INDEX ix_urging_batch ON urging (region_code, batch_id);

CREATE INDEX ix_urging_finding ON urging (region_code, fiscal_year, finding_id);

CREATE TABLE ledger_view (
	region_code VARCHAR(9) NOT NULL,
	account_id UUID NOT NULL,
	name VARCHAR(40) NOT NULL,
	query JSONB NOT NULL,
	is_default BOOLEAN NOT NULL,
	saved_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_ledger_view PRIMARY KEY (region_code, account_id, name)
);

CREATE TABLE share_request (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	request_id UUID NOT NULL,
	version INTEGER NOT NULL,
	number VARCHAR(20) NOT NULL,
	state VARCHAR(12) NOT NULL,
	requester VARCHAR(12) NOT NULL,
	provider VARCHAR(12) NOT NULL,
	purpose TEXT NOT NULL,
	basis TEXT NOT NULL,
	scope JSONB NOT NULL,
	other_content TEXT NOT NULL,
	wanted_until DATE NOT NULL,
	unit_id UUID NOT NULL,
	submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
	submitted_by_name TEXT NOT NULL,
	due_on DATE,
	provisional BOOLEAN NOT NULL,
	pack_code VARCHAR(60) NOT NULL,
	pack_version VARCHAR(20) NOT NULL,
	reason TEXT NOT NULL,
	answered_at TIMESTAMP WITH TIME ZONE,
	answered_by_name TEXT NOT NULL,
	CONSTRAINT pk_share_request PRIMARY KEY (region_code, fiscal_year, request_id)
);

CREATE INDEX ix_share_request_newest ON share_request (region_code, request_id);

CREATE INDEX ix_share_request_state ON share_request (region_code, state, request_id);

CREATE UNIQUE INDEX uq_share_request_number ON share_request (region_code, number);

CREATE TABLE share_grant (
	region_code VARCHAR(9) NOT NULL,
	grant_id UUID NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	request_id UUID NOT NULL,
	number VARCHAR(20) NOT NULL,
	grantee VARCHAR(12) NOT NULL,
	purpose TEXT NOT NULL,
	scope JSONB NOT NULL,
	terms TEXT NOT NULL,
	expires_on DATE NOT NULL,
	granted_at TIMESTAMP WITH TIME ZONE NOT NULL,
	granted_by_name TEXT NOT NULL,
	revoked_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_share_grant PRIMARY KEY (region_code, grant_id)
);

CREATE INDEX ix_share_grant_grantee ON share_grant (region_code, grantee, grant_id);

CREATE UNIQUE INDEX uq_share_grant_request ON share_grant (region_code, request_id);

CREATE TABLE shared_project (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	project_id UUID NOT NULL,
	version INTEGER NOT NULL,
	code VARCHAR(30) NOT NULL,
	name TEXT NOT NULL,
	unit_id UUID NOT NULL,
	CONSTRAINT pk_shared_project PRIMARY KEY (region_code, fiscal_year, project_id)
);

CREATE INDEX ix_shared_project_code ON shared_project (region_code, code);

CREATE TABLE shared_record (
	region_code VARCHAR(9) NOT NULL,
	position BIGSERIAL NOT NULL,
	entry VARCHAR(20) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	record_id UUID NOT NULL,
	record_version INTEGER NOT NULL,
	unit_id UUID NOT NULL,
	project_id UUID,
	content TEXT NOT NULL,
	digest VARCHAR(80) NOT NULL,
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	superseded_by BIGINT,
	CONSTRAINT pk_shared_record PRIMARY KEY (position, region_code)
);

CREATE INDEX ix_shared_record_project ON shared_record (region_code, project_id, entry, position);

CREATE INDEX ix_shared_record_pull ON shared_record (region_code, entry, position);

CREATE UNIQUE INDEX uq_shared_record_latest ON shared_record (region_code, entry, record_id) WHERE superseded_by is null;

CREATE TABLE client_key (
	region_code VARCHAR(9) NOT NULL,
	client_id UUID NOT NULL,
	key_id VARCHAR(80) NOT NULL,
	public_pem TEXT NOT NULL,
	added_at TIMESTAMP WITH TIME ZONE NOT NULL,
	retired_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_client_key PRIMARY KEY (region_code, client_id, key_id)
);

CREATE INDEX ix_client_key_valid ON client_key (region_code, client_id) WHERE retired_at is null;

CREATE TABLE signature_nonce (
	client_id UUID NOT NULL,
	nonce VARCHAR(200) NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_signature_nonce PRIMARY KEY (client_id, nonce)
);

CREATE INDEX ix_signature_nonce_expires_at ON signature_nonce (expires_at);

CREATE TABLE plan_item (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	item_id UUID NOT NULL,
	version INTEGER NOT NULL,
	side VARCHAR(10) NOT NULL,
	kind VARCHAR(30) NOT NULL,
	kind_note TEXT NOT NULL,
	unit_id UUID NOT NULL,
	project_id UUID,
	project_name TEXT NOT NULL,
	title TEXT NOT NULL,
	starts_on DATE,
	ends_on DATE,
	document_number TEXT NOT NULL,
	enterer_name TEXT NOT NULL,
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	withdrawn_on DATE,
	CONSTRAINT pk_plan_item PRIMARY KEY (region_code, fiscal_year, item_id)
);

CREATE INDEX ix_plan_item_unit ON plan_item (region_code, fiscal_year, unit_id);

CREATE TABLE plan_coordination (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	finance_item_id UUID NOT NULL,
	audit_item_id UUID NOT NULL,
	coordination_id UUID NOT NULL,
	version INTEGER NOT NULL,
	status VARCHAR(12) NOT NULL,
	note TEXT NOT NULL,
	side VARCHAR(10) NOT NULL,
	noter_name TEXT NOT NULL,
	noted_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_plan_coordination PRIMARY KEY (region_code, fiscal_year, finance_item_id, audit_item_id)
);

CREATE TABLE joint_action (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	action_id UUID NOT NULL,
	version INTEGER NOT NULL,
	number VARCHAR(40) NOT NULL,
	state VARCHAR(12) NOT NULL,
	lead VARCHAR(12) NOT NULL,
	unit_id UUID NOT NULL,
	title TEXT NOT NULL,
	purpose TEXT NOT NULL,
	basis TEXT NOT NULL,
	starts_on DATE NOT NULL,
	ends_on DATE,
	starter_name TEXT NOT NULL,
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	result TEXT NOT NULL,
	ended_on DATE,
	CONSTRAINT pk_joint_action PRIMARY KEY (region_code, fiscal_year, action_id)
);

CREATE INDEX ix_joint_action_order ON joint_action (region_code, action_id);

CREATE UNIQUE INDEX uq_joint_action_number ON joint_action (region_code, fiscal_year, number);

CREATE TABLE joint_action_member (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	action_id UUID NOT NULL,
	body VARCHAR(20) NOT NULL,
	unit_id UUID NOT NULL,
	rights VARCHAR(12) NOT NULL,
	basis TEXT NOT NULL,
	joined_on DATE NOT NULL,
	inviter_name TEXT NOT NULL,
	CONSTRAINT pk_joint_action_member PRIMARY KEY (region_code, fiscal_year, action_id, body, unit_id)
);

CREATE TABLE joint_action_minutes (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	minutes_id UUID NOT NULL,
	action_id UUID NOT NULL,
	held_on DATE NOT NULL,
	attendees TEXT NOT NULL,
	text TEXT NOT NULL,
	scan_digest VARCHAR(64) NOT NULL,
	scan_name TEXT NOT NULL,
	entered_at TIMESTAMP WITH TIME ZONE NOT NULL,
	enterer_name TEXT NOT NULL,
	CONSTRAINT pk_joint_action_minutes PRIMARY KEY (region_code, fiscal_year, minutes_id)
);

CREATE INDEX ix_joint_action_minutes_action ON joint_action_minutes (region_code, fiscal_year, action_id);

CREATE TABLE joint_action_task (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	action_task_id UUID NOT NULL,
	action_id UUID NOT NULL,
	unit_id UUID NOT NULL,
	workdays SMALLINT NOT NULL,
	minutes_id UUID NOT NULL,
	body VARCHAR(20) NOT NULL,
	person TEXT NOT NULL,
	what TEXT NOT NULL,
	due_on DATE NOT NULL,
	done_on DATE,
	done_note TEXT NOT NULL,
	doer_name TEXT NOT NULL,
	CONSTRAINT pk_joint_action_task PRIMARY KEY (region_code, fiscal_year, action_task_id)
);

CREATE INDEX ix_joint_action_task_action ON joint_action_task (region_code, fiscal_year, action_id);

CREATE TABLE handover (
	region_code VARCHAR(9) NOT NULL,
	handover_id UUID NOT NULL,
	post_id UUID NOT NULL,
	post_name TEXT NOT NULL,
	from_names TEXT NOT NULL,
	to_account UUID NOT NULL,
	to_name TEXT NOT NULL,
	effective_on DATE NOT NULL,
	printed_code VARCHAR(8) NOT NULL,
	present_code VARCHAR(8) NOT NULL,
	scan_digest VARCHAR(64) NOT NULL,
	scan_name TEXT NOT NULL,
	open_count INTEGER NOT NULL,
	overdue_count INTEGER NOT NULL,
	items JSONB NOT NULL,
	confirmed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	confirmed_by UUID,
	confirmer_name TEXT NOT NULL,
	CONSTRAINT pk_handover PRIMARY KEY (region_code, handover_id),
	CONSTRAINT fk_handover_region_code_post_id FOREIGN KEY(region_code, post_id) REFERENCES post (region_code, post_id)
);

CREATE INDEX ix_handover_post ON handover (region_code, post_id, confirmed_at);

CREATE TABLE tenure (
	region_code VARCHAR(9) NOT NULL,
	tenure_id UUID NOT NULL,
	post_id UUID NOT NULL,
	account_id UUID NOT NULL,
	is_substitute BOOLEAN NOT NULL,
	started_on DATE NOT NULL,
	ended_on DATE,
	basis TEXT NOT NULL,
	CONSTRAINT pk_tenure PRIMARY KEY (region_code, tenure_id),
	CONSTRAINT fk_tenure_region_code_account_id FOREIGN KEY(region_code, account_id) REFERENCES account (region_code, account_id),
	CONSTRAINT fk_tenure_region_code_post_id FOREIGN KEY(region_code, post_id) REFERENCES post (region_code, post_id)
);

CREATE INDEX ix_tenure_account ON tenure (region_code, account_id, started_on);

CREATE INDEX ix_tenure_post ON tenure (region_code, post_id, started_on);

CREATE TABLE share_delivery (
	region_code VARCHAR(9) NOT NULL,
	delivery_id UUID NOT NULL,
	grant_id UUID NOT NULL,
	watermark BIGINT NOT NULL,
	page_size INTEGER NOT NULL,
	project_id UUID,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	opened_by UUID,
	opened_by_name TEXT NOT NULL,
	received_at TIMESTAMP WITH TIME ZONE,
	received_by_name TEXT NOT NULL,
	receipt JSONB NOT NULL,
	CONSTRAINT pk_share_delivery PRIMARY KEY (region_code, delivery_id),
	CONSTRAINT fk_share_delivery_region_code_grant_id FOREIGN KEY(region_code, grant_id) REFERENCES share_grant (region_code, grant_id)
);

CREATE INDEX ix_share_delivery_grant ON share_delivery (region_code, grant_id, delivery_id);

CREATE TABLE share_delivery_page (
	region_code VARCHAR(9) NOT NULL,
	delivery_id UUID NOT NULL,
	entry VARCHAR(20) NOT NULL,
	number INTEGER NOT NULL,
	purpose TEXT NOT NULL,
	requester_name TEXT NOT NULL,
	records INTEGER NOT NULL,
	chain VARCHAR(80) NOT NULL,
	last_position BIGINT,
	first_sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
	last_sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
	times_sent INTEGER NOT NULL,
	CONSTRAINT pk_share_delivery_page PRIMARY KEY (region_code, delivery_id, entry, number),
	CONSTRAINT fk_share_delivery_page_region_code_delivery_id FOREIGN KEY(region_code, delivery_id) REFERENCES share_delivery (region_code, delivery_id)
);
