-- The search index of a release: docs/search.md says what stands where.

CREATE TABLE entry (
  id INTEGER PRIMARY KEY,
  iri TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  instrument TEXT NOT NULL, -- the slug of the plan that prints it, '' for others
  number TEXT NOT NULL,
  label TEXT NOT NULL,
  context TEXT NOT NULL, -- what stands around it: one line for each text
  text TEXT NOT NULL,
  countries TEXT NOT NULL -- one line for each State that it touches: all names of it, the shown one first
);

CREATE TABLE belongs (
  measure TEXT NOT NULL,
  entry INTEGER NOT NULL REFERENCES entry (id),
  PRIMARY KEY (measure, entry)
) WITHOUT ROWID;

CREATE TABLE state (
  iri TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (iri, name)
) WITHOUT ROWID;

-- Words by their stems: plain words are looked up here.
CREATE VIRTUAL TABLE stems USING fts5 (
  label, context, text, countries,
  content = 'entry', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);

-- Words as they are: phrases in quotes and beginnings are looked up here.
CREATE VIRTUAL TABLE exact USING fts5 (
  label, context, text, countries,
  content = 'entry', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
