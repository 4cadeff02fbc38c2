# shellcheck shell=sh
# Compares the rows of both sides while the app works on, so that the freeze needs to look only at what has changed last. What it
# found is kept for that. It must begin before the first row is compared to note what changes.

# The program stays beside what it has found, for the freeze: who began it ends it, and no command has to carry it twice.
write_program() {
  mkdir -p "${COMPARER%/*}"
  cat >"$COMPARER" <<'PY'
import json, os, sys, time
mode, folder, kept, patience, name, slot = sys.argv[1:]
sys.tracebacklimit = 0
PIECE, BATCH, MANY, END = 10000, int(os.environ['BATCH']), 200000, 'end of answer'
TOO_MUCH = 'more rows have changed on the server than can be compared again; try again when less is written'
SETTINGS = """SET search_path TO ''; SET row_security TO off; SET statement_timeout TO 0; SET standard_conforming_strings TO on;
SET datestyle TO 'ISO, YMD'; SET intervalstyle TO postgres; SET timezone TO 'UTC'; SET bytea_output TO hex;
SET extra_float_digits TO 3; SET lc_monetary TO 'C'; SET enable_seqscan TO off; SET jit TO off"""

class Side:
    """A client at one side, which answers one question after the other."""
    def __init__(self, side):
        self.ask, self.told = open(f'{folder}/ask.{side}', 'w'), open(f'{folder}/told.{side}')
        # Many rows are not to lie in memory.
        self.ask.write('\\set FETCH_COUNT 5000\n')
        self.query(SETTINGS)
    def send(self, sql):
        self.ask.write(f"{sql};\nSELECT '{END}';\n")
        self.ask.flush()
    def lines(self):
        for line in self.told:
            if line == END + '\n': return
            yield line.rstrip('\n')
        raise SystemExit(1)
    def query(self, sql):
        self.send(sql)
        return list(self.lines())

def stop(words):
    with open(f'{folder}/words', 'w') as file: file.write(words)
    raise SystemExit(3)

def text(value): return "'" + value.replace("'", "''") + "'"

class Table:
    """How one table is asked for its rows."""
    def __init__(self, spec):
        self.name, self.place, self.names = spec['name'], tuple(spec['place']), spec['names']
        self.types, self.order = spec['types'], ', '.join(spec['keys'])
        self.key = 'to_json(ARRAY[' + ', '.join(f"format('%s', {key})" for key in spec['keys']) + '])'
        self.hash = f"md5(ROW({spec['columns']})::text)"
        # Operators of an extension's types are in its schema, and no other schema may be searched for them.
        self.keys = list(zip(spec['keys'], self.types, spec['spaces']))
        self.same = ' AND '.join(f'{key} OPERATOR({space}.=) (wanted.key ->> {at})::{kind}' for at, (key, kind, space) in enumerate(self.keys))
    def end(self, sign, values):
        """The rows at one side of a key; the first column alone is said too, where an index can use no more."""
        ends = [f'{text(value)}::{kind}' for value, kind in zip(values, self.types)]
        spaces = {space for _, _, space in self.keys}
        if len(spaces) == 1: return f"({self.order}) OPERATOR({spaces.pop()}.{sign}) ({', '.join(ends)})"
        beyond = 'false'
        for (key, _, space), end in reversed(list(zip(self.keys, ends))):
            beyond = f'({key} OPERATOR({space}.>) {end} OR ({key} OPERATOR({space}.=) {end} AND {beyond}))'
        key, _, space = self.keys[0]
        return f"{key} OPERATOR({space}.{'>=' if sign == '>' else '<='}) {ends[0]} AND {'' if sign == '>' else 'NOT '}{beyond}"
    def within(self, after, until):
        parts = [self.end(sign, values) for sign, values in (('>', after), ('<=', until)) if values is not None]
        return f"FROM ONLY {self.name} t WHERE {' AND '.join(parts) or 'true'}"
    def piece(self, after, until, limit):
        return f"""WITH piece AS MATERIALIZED (SELECT {self.key} AS k, {self.hash} AS h, row_number() OVER (ORDER BY {self.order}) AS n
            {self.within(after, until)} ORDER BY {self.order} {limit})
          SELECT json_build_array(count(*), sum(('x' || left(h, 15))::bit(60)::bigint::numeric)::text, (SELECT k FROM piece ORDER BY n DESC LIMIT 1)) FROM piece"""
    def rows(self, after, until): return f'SELECT json_build_array({self.key}, {self.hash}) {self.within(after, until)}'
    def some(self, keys):
        return f"SELECT json_build_array(wanted.key, {self.hash}) FROM json_array_elements({text(json.dumps(keys))}::json) wanted (key) JOIN ONLY {self.name} t ON {self.same}"

def asked(sql):
    """The rows of both sides, by their keys."""
    for side in (source, target): side.send(sql)
    return [{tuple(key): row for key, row in map(json.loads, side.lines())} for side in (source, target)]

def differing(table, keys):
    keys, found = list(keys), set()
    for at in range(0, len(keys), PIECE):
        here, there = asked(table.some(keys[at:at + PIECE]))
        found |= {key for key in here.keys() | there.keys() if here.get(key) != there.get(key)}
    return found

def pass_over(table):
    """Compares all rows, piece by piece; what differs is looked at again by its keys, wherever it is in the other's order."""
    rows, after, looked = 0, None, time.monotonic()
    source.send(table.piece(None, None, f'LIMIT {PIECE}'))
    while True:
        (count, total, last), = map(json.loads, source.lines())
        until = last if count == PIECE else None
        target.send(table.piece(after, until, ''))
        if until is not None: source.send(table.piece(until, None, f'LIMIT {PIECE}'))
        there, = map(json.loads, target.lines())
        rows += count
        if [count, total] != there[:2]:
            ahead = list(source.lines()) if until is not None else []
            here, other = asked(table.rows(after, until))
            keys = {key for key in here.keys() | other.keys() if here.get(key) != other.get(key)}
            suspects.setdefault(table.name, set()).update(differing(table, keys))
            fresh.setdefault(table.name, set()).update(suspects[table.name])
            if until is not None: source.send(table.piece(until, None, f'LIMIT {PIECE}'))
        if until is None: break
        if mode == 'end' and time.monotonic() > deadline: stop(TOO_MUCH)
        after = until
        if time.monotonic() - looked > 30:
            list(source.lines())
            look_again()
            print(f'progress: {table.name}: {rows} rows compared', flush=True)
            looked = time.monotonic()
            source.send(table.piece(after, None, f'LIMIT {PIECE}'))
    done[table.name] = rows
    keep()

def keep():
    """Writes down how far it is, before the slot forgets what it told."""
    with open(kept + '.new', 'w') as file:
        json.dump({'done': done, 'suspects': {table: sorted(keys) for table, keys in suspects.items() if keys}}, file)
        file.flush()
        os.fsync(file.fileno())
    os.rename(kept + '.new', kept)

def await_target(position):
    """Waits until RDS has everything that was written before a position. A reader that has just connected has not said yet."""
    deadline = time.monotonic() + float(patience)
    while True:
        behind, = source.query(f"SELECT coalesce((SELECT greatest('{position}'::pg_lsn - replay_lsn, 0) FROM pg_stat_replication WHERE replay_lsn IS NOT NULL AND application_name = '{name}' AND usename = 'scalingtier_replication'), -1)")
        if behind == '0': return
        if time.monotonic() > deadline:
            stop('RDS is not connected to the server any more' if behind == '-1' else f'RDS is {behind} bytes behind the server after {patience} s')
        time.sleep(0.02)

class Message:
    """One message of pgoutput: docs "Logical Replication Message Formats"."""
    def __init__(self, data): self.data, self.at = data, 1
    def number(self, size):
        self.at += size
        return int.from_bytes(self.data[self.at - size:self.at], 'big')
    def string(self):
        end = self.data.index(0, self.at)
        value, self.at = self.data[self.at:end].decode(), end + 1
        return value
    def values(self):
        found = []
        for _ in range(self.number(2)):
            kind = self.number(1)
            if kind in b'nu': found.append(None)
            else:
                size = self.number(4)
                found.append(self.data[self.at:self.at + size].decode())
                self.at += size
        return found

class Changes:
    """What a slot tells: which keys changed, which tables have to be compared as a whole, and until where."""
    def __init__(self):
        self.keys, self.whole, self.end, self.lines, self.count, self.known = {}, set(), None, 0, 0, {}
    def read(self, data):
        self.lines += 1
        kind, message = chr(data[0]), Message(data)
        if kind == 'C':
            message.at += 9
            end = message.number(8)
            self.end = f'{end >> 32:X}/{end & 0xFFFFFFFF:X}'
        elif kind == 'R': self.relation(message)
        elif kind in 'IUD': self.row(kind, message)
        elif kind == 'T':
            count = message.number(4)
            message.at += 1
            self.whole |= {self.known[message.number(4)][0] for _ in range(count)} - {None}
    def relation(self, message):
        oid, place = message.number(4), (message.string(), message.string())
        message.at += 1
        names = []
        for _ in range(message.number(2)):
            message.at += 1
            names.append(message.string())
            message.at += 8
        table = places.get(place)
        self.known[oid] = (table, table and [names.index(key) for key in table.names])
    def row(self, kind, message):
        self.count += 1
        table, at = self.known[message.number(4)]
        if table is None or table in self.whole: return
        told = []
        while message.at < len(message.data):
            message.at += 1
            values = message.values()
            told.append(tuple(values[i] for i in at))
        keys = [key for key in told if None not in key]
        found = self.keys.setdefault(table.name, set())
        found.update(keys)
        # A bulk change is compared by passing over the table.
        if not keys or len(found) > MANY: self.whole.add(table)

def read_changes():
    changes = Changes()
    source.send(f"SELECT encode(data, 'hex') FROM pg_logical_slot_peek_binary_changes('{slot}', NULL, {BATCH}, 'proto_version', '1', 'publication_names', '{name}')")
    for line in source.lines(): changes.read(bytes.fromhex(line))
    return changes

def look_again():
    """One round: what changed is compared when RDS has it. Answers whether nothing but what still changes is left."""
    before, = source.query('SELECT pg_current_wal_flush_lsn()')
    changes = read_changes()
    now, = source.query('SELECT pg_current_wal_lsn()')
    await_target(now)
    # A batch is counted in messages, and transactions have more of them than rows.
    is_whole = changes.lines < BATCH
    wrong = {}
    for table in tables:
        told, old = changes.keys.get(table.name, set()), suspects.get(table.name, set())
        left = differing(table, told | old)
        suspects[table.name] = left
        # Nothing has changed it since it differed, and RDS had all of that.
        sure = left if mode == 'end' else (left & old) - told - fresh.get(table.name, set())
        if is_whole and sure and table not in changes.whole: wrong[table.name] = len(sure)
    if wrong: stop('VerificationMismatch: ' + '; '.join(f'{table}: {count} rows differ' if count > 1 else f'{table}: 1 row differs' for table, count in sorted(wrong.items())[:5]))
    if is_whole: fresh.clear()
    for table in changes.whole:
        done.pop(table.name, None)
        suspects.pop(table.name, None)
    keep()
    # All that was told, and, where nothing was left to tell, all that was written before it was asked.
    source.query(f"SELECT pg_replication_slot_advance('{slot}', greatest('{changes.end or before}'::pg_lsn, '{before if is_whole else '0/0'}'))")
    compared[0] += sum(map(len, changes.keys.values()))
    return is_whole and changes.count < PIECE and all(suspects.get(t.name, set()) <= changes.keys.get(t.name, set()) for t in tables)

source, target = Side('source'), Side('target')
tables = [Table(json.loads(line)) for line in open(f'{folder}/tables')]
places = {table.place: table for table in tables}
state = json.load(open(kept)) if os.path.exists(kept) else {'done': {}, 'suspects': {}}
done, suspects = state['done'], {table: set(map(tuple, keys)) for table, keys in state['suspects'].items()}
fresh, compared, rounds = {table: set(keys) for table, keys in suspects.items()}, [0], 0
deadline = time.monotonic() + float(patience)
while True:
    for table in [table for table in tables if table.name not in done]:
        pass_over(table)
        if mode == 'follow': deadline = time.monotonic() + float(patience)
    rounds += 1
    if look_again() and len(done) == len(tables) and (rounds > 1 or mode == 'end'): break
    if time.monotonic() > deadline: stop(TOO_MUCH)
with open(f'{folder}/compared', 'w') as file:
    file.write(f'"tables":{len(tables)},"rows":{sum(done.values())},"changes":{compared[0]}')
PY
}

reach_local
alone
reach_target
doing 'compare the rows'
refuse_changed_schema
# Without one of the two the other says nothing.
if [ "$(local_psql postgres -c "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '$CHANGES'")" = 0 ]; then
  rm -f "$COMPARED"
  if ! local_psql "$DATABASE" -c "SET statement_timeout TO '${PATIENCE}s'" -c "SELECT pg_create_logical_replication_slot('$CHANGES', 'pgoutput')" >/dev/null; then
    case $(said) in *'statement timeout'*) fail "$LONG_TRANSACTION" ;; *) exit 1 ;; esac
  fi
fi
write_program
compare_rows follow
refuse_changed_schema
printf '%s' "$SCHEMA" >"$KEPT_SCHEMA"
answer "{$(cat "$FOLDER/compared"),\"completed\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ) $(printf '%.12s' "$OPERATION")\"}"
