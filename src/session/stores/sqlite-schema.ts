// What a session database looks like, and which files are one.
import Database from 'better-sqlite3'
import { PATIENCE_MS, patiently } from './sqlite-patience.ts'

const VERSION = 1
/** "Coat": tells our files from other programs' databases. */
const APPLICATION = 0x436f6174

/** The log shrinks back to this after a burst. */
const LOG_BYTES = 16 * 1024 * 1024

const SCHEMA = `
  CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    provider TEXT NOT NULL,
    sub TEXT NOT NULL,
    provider_sid TEXT,
    ref TEXT NOT NULL,
    device TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    idle_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    sealed BLOB NOT NULL
  );
  CREATE INDEX sessions_by_end ON sessions (ends_at, state);
  CREATE INDEX live_by_age ON sessions (created_at) WHERE state <> 'ended';
  CREATE INDEX live_by_sub ON sessions (provider, sub, created_at) WHERE state <> 'ended';
  CREATE INDEX live_by_sid ON sessions (provider, provider_sid, created_at)
    WHERE state <> 'ended' AND provider_sid IS NOT NULL;

  CREATE TABLE leases (
    key TEXT PRIMARY KEY, owner TEXT NOT NULL, lapses_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX leases_by_lapse ON leases (lapses_at);

  CREATE TABLE codes (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, value BLOB NOT NULL, ends_at INTEGER NOT NULL
  );
  CREATE INDEX codes_by_end ON codes (ends_at);

  CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    name TEXT NOT NULL,
    payload BLOB NOT NULL,
    due_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    claim TEXT,
    hidden_until INTEGER NOT NULL DEFAULT 0,
    UNIQUE (queue, name)
  );
  CREATE INDEX jobs_by_due ON jobs (queue, due_at);
  CREATE INDEX jobs_by_end ON jobs (ends_at);

  CREATE TABLE changes (
    seq INTEGER PRIMARY KEY, topic TEXT NOT NULL, message TEXT NOT NULL, at INTEGER NOT NULL
  );
`

/** The writing connection. Throws one sentence, or SQLite's own error, when `path` is not ours to use. */
export function openForWriting(path: string): Database.Database {
  const db = new Database(path, { fileMustExist: true, timeout: PATIENCE_MS })
  try {
    refuseForeign(db, path)
    // From here on `patiently` waits.
    db.pragma('busy_timeout = 0')
    useLog(db, path)
    db.pragma(`journal_size_limit = ${LOG_BYTES}`)
    if (numberOf(db, 'user_version') === 0) create(db, path)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function create(db: Database.Database, path: string): void {
  const createOnce = db.transaction(() => {
    // Others may have been here since.
    refuseForeign(db, path)
    if (numberOf(db, 'user_version') > 0) return
    db.exec(SCHEMA)
    markAsOurs(db)
  })
  patiently(() => createOnce.immediate())
}

/** On a database of ours a change that changes nothing, yet proves that the file takes writes. */
export function markAsOurs(db: Database.Database): void {
  db.exec(`PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${VERSION}`)
}

/** A reading connection that never waits for anybody. */
export function openForReading(path: string): Database.Database {
  const db = new Database(path, { fileMustExist: true, timeout: PATIENCE_MS })
  db.pragma('query_only = 1')
  // Reads the schema while there is still patience for a process that recovers the log.
  db.prepare('SELECT max(seq) FROM changes').get()
  db.pragma('busy_timeout = 0')
  return db
}

function refuseForeign(db: Database.Database, path: string): void {
  // In this order: whoever creates the database at this moment marks it together with its first table.
  const empty = db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
  const ours = numberOf(db, 'application_id') === APPLICATION
  const version = numberOf(db, 'user_version')
  if (!ours && !empty) {
    throw new Error(`${path} belongs to another program; set store.path to a file of its own`)
  }
  if (version > VERSION) {
    const versions = `has format ${version} and this version knows ${VERSION}`
    throw new Error(`${path} ${versions}; run the newer Coatcheck that wrote it or move it away`)
  }
}

/** Write-ahead logging, so that readers and the writer never wait for each other. */
function useLog(db: Database.Database, path: string): void {
  // Switching wants the file alone, and others may be opening it at this moment.
  const mode = patiently(() => db.pragma('journal_mode = WAL', { simple: true }))
  if (mode !== 'wal') {
    throw new Error(`${path} is on a disk without shared memory; set store.path to a local disk`)
  }
}

function numberOf(db: Database.Database, pragma: string): number {
  return Number(db.pragma(pragma, { simple: true }))
}
