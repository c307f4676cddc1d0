-- Drafted from the declared tables; never changed once released.

CREATE TABLE project (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	project_id UUID NOT NULL,
	version INTEGER NOT NULL,
	code VARCHAR(30) NOT NULL,
	name TEXT NOT NULL,
	pinyin TEXT NOT NULL,
	unit_id UUID NOT NULL,
	budget_book VARCHAR(20) NOT NULL,
	nature VARCHAR(12) NOT NULL,
	project_class VARCHAR(20) NOT NULL,
	period_start DATE,
	period_end DATE,
	function_code VARCHAR(10) NOT NULL,
	owner_name TEXT NOT NULL,
	owner_phone TEXT NOT NULL,
	summary TEXT NOT NULL,
	flags JSONB NOT NULL,
	initial_amount NUMERIC(18, 2) NOT NULL,
	adjusted_amount NUMERIC(18, 2) NOT NULL,
	ex_ante_conclusion VARCHAR(12),
	ex_ante_document TEXT NOT NULL,
	state VARCHAR(12) NOT NULL,
	imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
	search TSVECTOR,
	CONSTRAINT pk_project PRIMARY KEY (region_code, fiscal_year, project_id)
);

CREATE INDEX ix_project_amount ON project (region_code, fiscal_year, initial_amount, code);

CREATE INDEX ix_project_pinyin ON project (region_code, fiscal_year, pinyin, code);

CREATE INDEX ix_project_search ON project USING gin (search);

CREATE INDEX ix_project_unit ON project (region_code, fiscal_year, unit_id);

CREATE UNIQUE INDEX uq_project_code ON project (region_code, fiscal_year, code);

CREATE TABLE project_total (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	unit_id UUID NOT NULL,
	budget_book VARCHAR(20) NOT NULL,
	projects INTEGER NOT NULL,
	initial_amount NUMERIC(18, 2) NOT NULL,
	adjusted_amount NUMERIC(18, 2) NOT NULL,
	CONSTRAINT pk_project_total PRIMARY KEY (region_code, fiscal_year, unit_id, budget_book)
);

CREATE TABLE unit_decision (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	case_id UUID NOT NULL,
	unit_id UUID NOT NULL,
	version INTEGER NOT NULL,
	number VARCHAR(40) NOT NULL,
	measures JSONB NOT NULL,
	document_number TEXT NOT NULL,
	decided_on DATE NOT NULL,
	CONSTRAINT pk_unit_decision PRIMARY KEY (region_code, fiscal_year, case_id, unit_id)
);

CREATE INDEX ix_unit_decision_unit ON unit_decision (region_code, unit_id, decided_on);

CREATE TABLE target_review (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	review_id UUID NOT NULL,
	target_id UUID NOT NULL,
	stage VARCHAR(20) NOT NULL,
	act VARCHAR(20) NOT NULL,
	reviewed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	reviewer_id UUID,
	reviewer_name TEXT NOT NULL,
	post_name TEXT NOT NULL,
	opinion TEXT NOT NULL,
	checks JSONB NOT NULL,
	items JSONB NOT NULL,
	total NUMERIC(6, 2),
	grade VARCHAR(12),
	cut_amount NUMERIC(18, 2) NOT NULL,
	CONSTRAINT pk_target_review PRIMARY KEY (region_code, fiscal_year, review_id)
);

CREATE INDEX ix_target_review_target ON target_review (region_code, fiscal_year, target_id, review_id);

CREATE TABLE target_submission (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	submission_id UUID NOT NULL,
	target_id UUID NOT NULL,
	submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
	submitted_by UUID,
	submitter_name TEXT NOT NULL,
	signature_kind VARCHAR(12) NOT NULL,
	signer_name TEXT NOT NULL,
	scan_digest TEXT NOT NULL,
	content JSONB NOT NULL,
	CONSTRAINT pk_target_submission PRIMARY KEY (region_code, fiscal_year, submission_id)
);

CREATE INDEX ix_target_submission_target ON target_submission (region_code, fiscal_year, target_id);

CREATE TABLE target_revision (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	target_id UUID NOT NULL,
	revision SMALLINT NOT NULL,
	approved_at TIMESTAMP WITH TIME ZONE NOT NULL,
	approved_on DATE NOT NULL,
	document_number TEXT NOT NULL,
	content JSONB NOT NULL,
	CONSTRAINT pk_target_revision PRIMARY KEY (region_code, fiscal_year, target_id, revision)
);

CREATE TABLE evaluation_result (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	target_id UUID NOT NULL,
	version INTEGER NOT NULL,
	total NUMERIC(7, 2) NOT NULL,
	grade VARCHAR(12) NOT NULL,
	execution_rate NUMERIC(9, 2),
	quality_mark VARCHAR(12) NOT NULL,
	CONSTRAINT pk_evaluation_result PRIMARY KEY (region_code, fiscal_year, target_id)
);

CREATE TABLE gate_query (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	query_id UUID NOT NULL,
	project_id UUID NOT NULL,
	target_id UUID,
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
	asked_by TEXT NOT NULL,
	is_machine BOOLEAN NOT NULL,
	requested NUMERIC(18, 2) NOT NULL,
	mode VARCHAR(10) NOT NULL,
	verdict VARCHAR(10) NOT NULL,
	allowed NUMERIC(18, 2) NOT NULL,
	reasons JSONB NOT NULL,
	pack_code VARCHAR(40) NOT NULL,
	pack_version VARCHAR(20) NOT NULL,
	CONSTRAINT pk_gate_query PRIMARY KEY (region_code, fiscal_year, query_id)
);

CREATE INDEX ix_gate_query_project ON gate_query (region_code, fiscal_year, project_id, query_id);

CREATE TABLE library_indicator (
	region_code VARCHAR(9) NOT NULL,
	indicator_id UUID NOT NULL,
	version INTEGER NOT NULL,
	code VARCHAR(30) NOT NULL,
	sector VARCHAR(30) NOT NULL,
	level1 VARCHAR(20) NOT NULL,
	level2 VARCHAR(30) NOT NULL,
	name TEXT NOT NULL,
	operator VARCHAR(12) NOT NULL,
	standard_value TEXT NOT NULL,
	unit TEXT NOT NULL,
	definition TEXT NOT NULL,
	basis_source TEXT NOT NULL,
	state VARCHAR(12) NOT NULL,
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_library_indicator PRIMARY KEY (region_code, indicator_id)
);

CREATE INDEX ix_library_indicator_state ON library_indicator (region_code, state, level1, code);

CREATE UNIQUE INDEX uq_library_indicator_code ON library_indicator (region_code, code);

CREATE TABLE project_money (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	project_id UUID NOT NULL,
	budget_book VARCHAR(20) NOT NULL,
	source VARCHAR(12) NOT NULL,
	initial_amount NUMERIC(18, 2) NOT NULL,
	adjusted_amount NUMERIC(18, 2) NOT NULL,
	CONSTRAINT pk_project_money PRIMARY KEY (region_code, fiscal_year, project_id, budget_book, source),
	CONSTRAINT fk_project_money_region_code_fiscal_year_project_id FOREIGN KEY(region_code, fiscal_year, project_id) REFERENCES project (region_code, fiscal_year, project_id)
);

CREATE TABLE target (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	target_id UUID NOT NULL,
	version INTEGER NOT NULL,
	project_id UUID NOT NULL,
	unit_id UUID NOT NULL,
	state VARCHAR(20) NOT NULL,
	annual_goal TEXT NOT NULL,
	midterm_goal TEXT NOT NULL,
	money_note TEXT NOT NULL,
	copied_from UUID,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	due_on DATE,
	pack_code VARCHAR(40) NOT NULL,
	pack_version VARCHAR(20) NOT NULL,
	submitted_at TIMESTAMP WITH TIME ZONE,
	submitted_by UUID,
	is_late BOOLEAN NOT NULL,
	times_returned SMALLINT NOT NULL,
	return_reason TEXT NOT NULL,
	grade VARCHAR(12),
	cut_amount NUMERIC(18, 2) NOT NULL,
	revision SMALLINT NOT NULL,
	document_number TEXT NOT NULL,
	approved_on DATE,
	CONSTRAINT pk_target PRIMARY KEY (region_code, fiscal_year, target_id),
	CONSTRAINT fk_target_region_code_fiscal_year_project_id FOREIGN KEY(region_code, fiscal_year, project_id) REFERENCES project (region_code, fiscal_year, project_id)
);

CREATE INDEX ix_target_state ON target (region_code, fiscal_year, state, target_id);

CREATE INDEX ix_target_unit ON target (region_code, fiscal_year, unit_id);

CREATE UNIQUE INDEX uq_target_project ON target (region_code, fiscal_year, project_id);

CREATE TABLE target_indicator (
	region_code VARCHAR(9) NOT NULL,
	fiscal_year SMALLINT NOT NULL,
	target_id UUID NOT NULL,
	position SMALLINT NOT NULL,
	level1 VARCHAR(20) NOT NULL,
	level2 VARCHAR(30) NOT NULL,
	name TEXT NOT NULL,
	operator VARCHAR(12) NOT NULL,
	value TEXT NOT NULL,
	unit TEXT NOT NULL,
	weight NUMERIC(6, 2) NOT NULL,
	history_value TEXT NOT NULL,
	definition TEXT NOT NULL,
	basis_source TEXT NOT NULL,
	library_code TEXT NOT NULL,
	CONSTRAINT pk_target_indicator PRIMARY KEY (region_code, fiscal_year, target_id, position),
	CONSTRAINT fk_target_indicator_region_code_fiscal_year_target_id FOREIGN KEY(region_code, fiscal_year, target_id) REFERENCES target (region_code, fiscal_year, target_id) DEFERRABLE
);
