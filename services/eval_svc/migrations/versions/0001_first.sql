-- Drafted from the declared tables; never changed once released.

CREATE TABLE self_evaluation_campaign (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	due_on DATE NOT NULL,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	opened_by TEXT NOT NULL,
	CONSTRAINT pk_self_evaluation_campaign PRIMARY KEY (region_code, fiscal_year)
);

CREATE TABLE self_evaluation_extension (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	self_evaluation_id UUID NOT NULL,
	extension_id UUID NOT NULL,
	batch_id UUID NOT NULL,
	previous_due_on DATE NOT NULL,
	due_on DATE NOT NULL,
	document_number TEXT NOT NULL,
	reason TEXT NOT NULL,
	extended_at TIMESTAMP WITH TIME ZONE NOT NULL,
	extended_by TEXT NOT NULL,
	CONSTRAINT pk_self_evaluation_extension PRIMARY KEY (region_code, fiscal_year, extension_id)
);

CREATE INDEX ix_self_evaluation_extension_of ON self_evaluation_extension (region_code, fiscal_year, self_evaluation_id, extension_id);

CREATE TABLE self_evaluation_contact (
	person VARCHAR(200) NOT NULL,
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	contact_id UUID NOT NULL,
	unit_id UUID NOT NULL,
	contacted_at TIMESTAMP WITH TIME ZONE NOT NULL,
	contacted_by TEXT NOT NULL,
	note TEXT NOT NULL,
	CONSTRAINT pk_self_evaluation_contact PRIMARY KEY (region_code, fiscal_year, contact_id)
);

CREATE INDEX ix_self_evaluation_contact_unit ON self_evaluation_contact (region_code, fiscal_year, unit_id, contact_id);

CREATE TABLE finding_copy (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	source VARCHAR(20) NOT NULL,
	source_key VARCHAR(120) NOT NULL,
	finding_id UUID NOT NULL,
	version INTEGER NOT NULL,
	number VARCHAR(40) NOT NULL,
	state VARCHAR(20) NOT NULL,
	due_on DATE,
	closed_on DATE,
	CONSTRAINT pk_finding_copy PRIMARY KEY (region_code, fiscal_year, source, source_key)
);

CREATE TABLE form_check_batch (
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
	attempts SMALLINT NOT NULL,
	claimed_until TIMESTAMP WITH TIME ZONE,
	started_at TIMESTAMP WITH TIME ZONE NOT NULL,
	finished_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_form_check_batch PRIMARY KEY (region_code, fiscal_year, batch_id)
);

CREATE INDEX ix_form_check_batch_account ON form_check_batch (region_code, account_id, started_at);

CREATE INDEX ix_form_check_batch_open ON form_check_batch (started_at) WHERE state in ('waiting','running');

CREATE TABLE form_check_file (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	batch_id UUID NOT NULL,
	position INTEGER NOT NULL,
	file_name TEXT NOT NULL,
	content BYTEA NOT NULL,
	why TEXT NOT NULL,
	CONSTRAINT pk_form_check_file PRIMARY KEY (region_code, fiscal_year, batch_id, position)
);

CREATE TABLE form_check_result (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	batch_id UUID NOT NULL,
	position INTEGER NOT NULL,
	number SMALLINT NOT NULL,
	file_name TEXT NOT NULL,
	title TEXT NOT NULL,
	unit_name TEXT NOT NULL,
	form_year SMALLINT,
	verdict VARCHAR(12) NOT NULL,
	worst VARCHAR(8) NOT NULL,
	codes JSONB NOT NULL,
	errors INTEGER NOT NULL,
	warnings INTEGER NOT NULL,
	notices INTEGER NOT NULL,
	why TEXT NOT NULL,
	report JSONB NOT NULL,
	self_evaluation_id UUID,
	CONSTRAINT pk_form_check_result PRIMARY KEY (region_code, fiscal_year, batch_id, position, number)
);

CREATE TABLE project_copy (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	project_id UUID NOT NULL,
	version INTEGER NOT NULL,
	code VARCHAR(30) NOT NULL,
	name TEXT NOT NULL,
	unit_id UUID NOT NULL,
	budget_book VARCHAR(20) NOT NULL,
	flags JSONB NOT NULL,
	owner_name TEXT NOT NULL,
	initial_amount NUMERIC(18, 2) NOT NULL,
	adjusted_amount NUMERIC(18, 2) NOT NULL,
	state VARCHAR(12) NOT NULL,
	CONSTRAINT pk_project_copy PRIMARY KEY (region_code, fiscal_year, project_id)
);

CREATE TABLE evaluation_object (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	object_id UUID NOT NULL,
	version INTEGER NOT NULL,
	project_id UUID NOT NULL,
	unit_id UUID NOT NULL,
	project_code VARCHAR(30) NOT NULL,
	project_name TEXT NOT NULL,
	budget_book VARCHAR(20) NOT NULL,
	approved_amount NUMERIC(18, 2) NOT NULL,
	target_revision SMALLINT NOT NULL,
	annual_goal TEXT NOT NULL,
	indicators JSONB NOT NULL,
	registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
	monitored_as_of DATE,
	executed NUMERIC(18, 2),
	execution_rate NUMERIC(9, 2),
	monitoring_light VARCHAR(8),
	CONSTRAINT pk_evaluation_object PRIMARY KEY (region_code, fiscal_year, object_id)
);

CREATE INDEX ix_evaluation_object_name ON evaluation_object (region_code, fiscal_year, project_code);

CREATE INDEX ix_evaluation_object_unit ON evaluation_object (region_code, fiscal_year, unit_id);

CREATE TABLE self_evaluation (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	self_evaluation_id UUID NOT NULL,
	kind VARCHAR(20) NOT NULL,
	subject_id UUID NOT NULL,
	object_id UUID,
	name TEXT NOT NULL,
	code VARCHAR(30) NOT NULL,
	scope_reason VARCHAR(20) NOT NULL,
	scope_note TEXT NOT NULL,
	known_budget NUMERIC(18, 2),
	known_executed NUMERIC(18, 2),
	known_as_of DATE,
	annual_goal TEXT NOT NULL,
	result TEXT NOT NULL,
	overview TEXT NOT NULL,
	tasks JSONB NOT NULL,
	executed_note TEXT NOT NULL,
	conclusion TEXT NOT NULL,
	problems TEXT NOT NULL,
	measures TEXT NOT NULL,
	project_owner TEXT NOT NULL,
	finance_person TEXT NOT NULL,
	files JSONB NOT NULL,
	budget NUMERIC(18, 2) NOT NULL,
	executed NUMERIC(18, 2) NOT NULL,
	is_finished BOOLEAN NOT NULL,
	execution_rate NUMERIC(9, 2),
	execution_score NUMERIC(7, 2) NOT NULL,
	execution_explanation TEXT NOT NULL,
	execution_points NUMERIC(6, 2) NOT NULL,
	explained JSONB NOT NULL,
	total NUMERIC(7, 2),
	grade VARCHAR(12) NOT NULL,
	recheck_score NUMERIC(7, 2),
	quality_mark VARCHAR(12) NOT NULL,
	published_url TEXT NOT NULL,
	published_on DATE,
	problems_referred SMALLINT NOT NULL,
	version INTEGER NOT NULL,
	unit_id UUID NOT NULL,
	state VARCHAR(20) NOT NULL,
	due_on DATE NOT NULL,
	first_due_on DATE NOT NULL,
	buffer_on DATE NOT NULL,
	provisional BOOLEAN NOT NULL,
	deadline_rule VARCHAR(60) NOT NULL,
	pack_code VARCHAR(60) NOT NULL,
	pack_version VARCHAR(20) NOT NULL,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	submitted_at TIMESTAMP WITH TIME ZONE,
	submitted_by UUID,
	is_late BOOLEAN NOT NULL,
	times_returned SMALLINT NOT NULL,
	return_reason TEXT NOT NULL,
	print_code VARCHAR(20) NOT NULL,
	paper_required BOOLEAN NOT NULL,
	paper_received_on DATE,
	paper_print_code VARCHAR(20) NOT NULL,
	CONSTRAINT pk_self_evaluation PRIMARY KEY (region_code, fiscal_year, self_evaluation_id)
);

CREATE INDEX ix_self_evaluation_state ON self_evaluation (region_code, fiscal_year, state);

CREATE INDEX ix_self_evaluation_unit ON self_evaluation (region_code, fiscal_year, unit_id);

CREATE UNIQUE INDEX uq_self_evaluation_subject ON self_evaluation (region_code, fiscal_year, kind, subject_id);

CREATE TABLE self_evaluation_review (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	review_id UUID NOT NULL,
	self_evaluation_id UUID NOT NULL,
	stage VARCHAR(20) NOT NULL,
	act VARCHAR(24) NOT NULL,
	reviewed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	reviewer_id UUID,
	reviewer_name TEXT NOT NULL,
	post_name TEXT NOT NULL,
	opinion TEXT NOT NULL,
	score NUMERIC(7, 2),
	CONSTRAINT pk_self_evaluation_review PRIMARY KEY (region_code, fiscal_year, review_id)
);

CREATE INDEX ix_self_evaluation_review_of ON self_evaluation_review (region_code, fiscal_year, self_evaluation_id, review_id);

CREATE TABLE self_evaluation_submission (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	submission_id UUID NOT NULL,
	self_evaluation_id UUID NOT NULL,
	submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
	submitted_by UUID,
	submitter_name TEXT NOT NULL,
	signer_name TEXT NOT NULL,
	files JSONB NOT NULL,
	print_code VARCHAR(20) NOT NULL,
	content JSONB NOT NULL,
	CONSTRAINT pk_self_evaluation_submission PRIMARY KEY (region_code, fiscal_year, submission_id)
);

CREATE INDEX ix_self_evaluation_submission_of ON self_evaluation_submission (region_code, fiscal_year, self_evaluation_id);

CREATE INDEX ix_self_evaluation_submission_print_code ON self_evaluation_submission (region_code, fiscal_year, print_code);

CREATE TABLE self_evaluation_fund (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	self_evaluation_id UUID NOT NULL,
	position SMALLINT NOT NULL,
	source VARCHAR(20) NOT NULL,
	initial NUMERIC(18, 2) NOT NULL,
	budget NUMERIC(18, 2) NOT NULL,
	executed NUMERIC(18, 2) NOT NULL,
	CONSTRAINT pk_self_evaluation_fund PRIMARY KEY (region_code, fiscal_year, self_evaluation_id, position),
	CONSTRAINT fk_self_evaluation_fund_region_code_fiscal_year_self_ev_7eb0 FOREIGN KEY(region_code, fiscal_year, self_evaluation_id) REFERENCES self_evaluation (region_code, fiscal_year, self_evaluation_id)
);

CREATE TABLE self_evaluation_indicator (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	self_evaluation_id UUID NOT NULL,
	position SMALLINT NOT NULL,
	level1 VARCHAR(20) NOT NULL,
	level2 VARCHAR(30) NOT NULL,
	name TEXT NOT NULL,
	operator VARCHAR(12) NOT NULL,
	target_value TEXT NOT NULL,
	unit TEXT NOT NULL,
	points NUMERIC(6, 2) NOT NULL,
	actual TEXT NOT NULL,
	band VARCHAR(12) NOT NULL,
	chosen NUMERIC(6, 2),
	reason TEXT NOT NULL,
	score NUMERIC(7, 2),
	achieved NUMERIC(14, 2),
	over_fulfilled BOOLEAN NOT NULL,
	explanation TEXT NOT NULL,
	explained JSONB NOT NULL,
	CONSTRAINT pk_self_evaluation_indicator PRIMARY KEY (region_code, fiscal_year, self_evaluation_id, position),
	CONSTRAINT fk_self_evaluation_indicator_region_code_fiscal_year_se_d56e FOREIGN KEY(region_code, fiscal_year, self_evaluation_id) REFERENCES self_evaluation (region_code, fiscal_year, self_evaluation_id)
);

CREATE TABLE self_evaluation_problem (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	self_evaluation_id UUID NOT NULL,
	number SMALLINT NOT NULL,
	title TEXT NOT NULL,
	description TEXT NOT NULL,
	category VARCHAR(40) NOT NULL,
	amount NUMERIC(18, 2),
	basis TEXT NOT NULL,
	referred_at TIMESTAMP WITH TIME ZONE NOT NULL,
	referred_by TEXT NOT NULL,
	CONSTRAINT pk_self_evaluation_problem PRIMARY KEY (region_code, fiscal_year, self_evaluation_id, number),
	CONSTRAINT fk_self_evaluation_problem_region_code_fiscal_year_self_9f3b FOREIGN KEY(region_code, fiscal_year, self_evaluation_id) REFERENCES self_evaluation (region_code, fiscal_year, self_evaluation_id)
);
