"""The database's own guard of the trail, for migrations.

Triggers refuse to change, delete or truncate what is in `trail` and `trail_head`, and to insert a
row that claims to be sealed. The one change let through fills `position` and `digest` of an
unsealed row. A database owner can drop triggers; that is what the signed heads outside are for.
"""

from __future__ import annotations

PROTECTION_SQL = """
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
"""


def protection_sql() -> str:
    """Return the statements, to be run once, as they are and without parameters."""
    return PROTECTION_SQL
