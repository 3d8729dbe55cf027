-- Retention asks of each artifact whether anybody still refers to it.
CREATE INDEX artifact_use_hash ON artifact_use (hash);
