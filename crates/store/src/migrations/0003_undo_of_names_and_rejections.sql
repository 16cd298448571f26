-- Renames and rejections can be undone as merges and splits can.
ALTER TABLE identity_operations DROP CONSTRAINT identity_operations_check;
ALTER TABLE identity_operations
    ADD CONSTRAINT identity_operations_undo_check CHECK (undo IS NULL OR kind IN ('merge', 'split', 'reject', 'rename'));
