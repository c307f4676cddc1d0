-- Drafted from the declared tables; never changed once released.

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

CREATE TABLE monitoring_report (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	report_id UUID NOT NULL,
	target_id UUID NOT NULL,
	target_revision SMALLINT NOT NULL,
	project_id UUID NOT NULL,
	as_of DATE NOT NULL,
	approved_amount NUMERIC(18, 2) NOT NULL,
	annual_goal TEXT NOT NULL,
	progress TEXT NOT NULL,
	budget NUMERIC(18, 2) NOT NULL,
	executed NUMERIC(18, 2) NOT NULL,
	expected_year NUMERIC(18, 2),
	execution_rate NUMERIC(9, 2),
	execution_light VARCHAR(8) NOT NULL,
	achievement_light VARCHAR(8) NOT NULL,
	light VARCHAR(8) NOT NULL,
	likelihood VARCHAR(12) NOT NULL,
	causes JSONB NOT NULL,
	cause_note TEXT NOT NULL,
	correction TEXT NOT NULL,
	correction_owner TEXT NOT NULL,
	correction_due_on DATE,
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
	CONSTRAINT pk_monitoring_report PRIMARY KEY (region_code, fiscal_year, report_id)
);

CREATE INDEX ix_monitoring_report_project ON monitoring_report (region_code, fiscal_year, project_id);

CREATE INDEX ix_monitoring_report_state ON monitoring_report (region_code, fiscal_year, state, report_id);

CREATE INDEX ix_monitoring_report_unit ON monitoring_report (region_code, fiscal_year, unit_id);

CREATE UNIQUE INDEX uq_monitoring_report_target ON monitoring_report (region_code, fiscal_year, target_id, as_of);

CREATE TABLE report_review (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	review_id UUID NOT NULL,
	report_id UUID NOT NULL,
	stage VARCHAR(20) NOT NULL,
	act VARCHAR(20) NOT NULL,
	reviewed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	reviewer_id UUID,
	reviewer_name TEXT NOT NULL,
	post_name TEXT NOT NULL,
	opinion TEXT NOT NULL,
	pay_advice VARCHAR(12) NOT NULL,
	CONSTRAINT pk_report_review PRIMARY KEY (region_code, fiscal_year, review_id)
);

CREATE INDEX ix_report_review_report ON report_review (region_code, fiscal_year, report_id, review_id);

CREATE TABLE report_submission (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	submission_id UUID NOT NULL,
	report_id UUID NOT NULL,
	submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
	submitted_by UUID,
	submitter_name TEXT NOT NULL,
	signer_name TEXT NOT NULL,
	scan_digest TEXT NOT NULL,
	print_code VARCHAR(20) NOT NULL,
	content JSONB NOT NULL,
	CONSTRAINT pk_report_submission PRIMARY KEY (region_code, fiscal_year, submission_id)
);

CREATE INDEX ix_report_submission_print_code ON report_submission (region_code, fiscal_year, print_code);

CREATE INDEX ix_report_submission_report ON report_submission (region_code, fiscal_year, report_id);

CREATE TABLE extension (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	report_id UUID NOT NULL,
	extension_id UUID NOT NULL,
	batch_id UUID NOT NULL,
	previous_due_on DATE NOT NULL,
	due_on DATE NOT NULL,
	document_number TEXT NOT NULL,
	reason TEXT NOT NULL,
	extended_at TIMESTAMP WITH TIME ZONE NOT NULL,
	extended_by TEXT NOT NULL,
	CONSTRAINT pk_extension PRIMARY KEY (region_code, fiscal_year, extension_id)
);

CREATE INDEX ix_extension_report ON extension (region_code, fiscal_year, report_id, extension_id);

CREATE TABLE contact (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	contact_id UUID NOT NULL,
	unit_id UUID NOT NULL,
	contacted_at TIMESTAMP WITH TIME ZONE NOT NULL,
	contacted_by TEXT NOT NULL,
	person TEXT NOT NULL,
	note TEXT NOT NULL,
	CONSTRAINT pk_contact PRIMARY KEY (region_code, fiscal_year, contact_id)
);

CREATE INDEX ix_contact_unit ON contact (region_code, fiscal_year, unit_id, contact_id);

CREATE TABLE report_problem (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	report_id UUID NOT NULL,
	number SMALLINT NOT NULL,
	title TEXT NOT NULL,
	description TEXT NOT NULL,
	category VARCHAR(20) NOT NULL,
	amount NUMERIC(18, 2),
	basis TEXT NOT NULL,
	referred_at TIMESTAMP WITH TIME ZONE NOT NULL,
	referred_by UUID,
	referrer_name TEXT NOT NULL,
	CONSTRAINT pk_report_problem PRIMARY KEY (region_code, fiscal_year, report_id, number)
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

CREATE INDEX ix_project_copy_unit ON project_copy (region_code, fiscal_year, unit_id);

CREATE UNIQUE INDEX uq_project_copy_code ON project_copy (region_code, fiscal_year, code);

CREATE TABLE payment (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	voucher_number VARCHAR(40) NOT NULL,
	project_id UUID NOT NULL,
	amount NUMERIC(18, 2) NOT NULL,
	paid_on DATE NOT NULL,
	payee TEXT NOT NULL,
	batch_id UUID NOT NULL,
	CONSTRAINT pk_payment PRIMARY KEY (region_code, fiscal_year, voucher_number)
);

CREATE INDEX ix_payment_day ON payment (region_code, fiscal_year, paid_on);

CREATE INDEX ix_payment_project ON payment (region_code, fiscal_year, project_id, paid_on);

CREATE TABLE payment_batch (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	batch_id UUID NOT NULL,
	filename TEXT NOT NULL,
	digest VARCHAR(64) NOT NULL,
	imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
	imported_by TEXT NOT NULL,
	first_paid_on DATE NOT NULL,
	last_paid_on DATE NOT NULL,
	added INTEGER NOT NULL,
	corrected INTEGER NOT NULL,
	unchanged INTEGER NOT NULL,
	total NUMERIC(18, 2) NOT NULL,
	differences JSONB NOT NULL,
	CONSTRAINT pk_payment_batch PRIMARY KEY (region_code, fiscal_year, batch_id)
);

CREATE TABLE report_indicator (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	report_id UUID NOT NULL,
	position SMALLINT NOT NULL,
	level1 VARCHAR(20) NOT NULL,
	level2 VARCHAR(30) NOT NULL,
	name TEXT NOT NULL,
	operator VARCHAR(12) NOT NULL,
	target_value TEXT NOT NULL,
	unit TEXT NOT NULL,
	weight NUMERIC(6, 2) NOT NULL,
	actual TEXT NOT NULL,
	expected_year TEXT NOT NULL,
	light VARCHAR(8) NOT NULL,
	progress NUMERIC(12, 2),
	explanation TEXT NOT NULL,
	CONSTRAINT pk_report_indicator PRIMARY KEY (region_code, fiscal_year, report_id, position),
	CONSTRAINT fk_report_indicator_region_code_fiscal_year_report_id FOREIGN KEY(region_code, fiscal_year, report_id) REFERENCES monitoring_report (region_code, fiscal_year, report_id)
);
