-- What stands out in the journal: what operators sent, and what died. Nothing else is in the index, so it costs the journal nothing.
CREATE INDEX journal_marked ON journal (path, type)
  WHERE substr(source, 1, 9) = 'operator:' OR substr(type, 1, 13) = 'xstate.error.';
