"""The tables as SQLAlchemy objects for queries. They are created by migrations.py, never from here."""

from sqlalchemy import BigInteger, Column, Float, Integer, LargeBinary, MetaData, String, Table

METADATA = MetaData()

DATASETS = Table(
    "datasets",
    METADATA,
    Column("key", String, primary_key=True),
    Column("root", String),
    Column("format", String),
    Column("label_file", String),
    Column("title", String),
    Column("images", Integer),
    Column("classes", String),
    Column("opened_at", Float),
    Column("content", String),
)

PLACES = Table(
    "places",
    METADATA,
    Column("root", String, primary_key=True),
    Column("format", String, primary_key=True),
    Column("label_file", String, primary_key=True),
    Column("dataset", String),
)

OPERATIONS = Table(
    "operations",
    METADATA,
    Column("seq", BigInteger, primary_key=True),
    Column("op_id", String),
    Column("dataset", String),
    Column("annotator", String),
    Column("kind", String),
    Column("target", String),
    Column("evidence", String),
    Column("mode", String),
    Column("session", String),
    Column("at", Float),
    Column("salt", String),
    Column("who", String),
    Column("digest", String),
)

ITEMS = Table(
    "items",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("seq", BigInteger),
    Column("image", String),
    Column("row_number", Integer),
    Column("action", String),
    Column("from_class", String),
    Column("to_class", String),
    Column("soft", String),
    Column("note", String),
    Column("shown_at", Float),
    Column("salt", String),
    Column("digest", String),
)

CHAIN = Table(
    "chain",
    METADATA,
    Column("dataset", String, primary_key=True),
    Column("length", BigInteger),
    Column("digest", String),
    Column("erasures", BigInteger),
)

TRAIL = Table(
    "trail",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("at", Float),
    Column("who", String),
    Column("what", String),
    Column("dataset", String),
    Column("detail", String),
)

RUNS = Table(
    "runs",
    METADATA,
    Column("id", String, primary_key=True),
    Column("dataset", String),
    Column("kind", String),
    Column("state", String),
    Column("config", String),
    Column("created_at", Float),
    Column("started_at", Float),
    Column("ended_at", Float),
    Column("host", String),
    Column("pid", Integer),
    Column("pid_started", String),
    Column("heartbeat", Float),
    Column("cancel_requested", Integer),
    Column("method", String),
    Column("fold", Integer),
    Column("epoch", Integer),
    Column("epochs", Integer),
    Column("step", Integer),
    Column("steps", Integer),
    Column("progress", Float),
    Column("eta_seconds", Float),
    Column("phase", String),
    Column("message", String),
    Column("metrics", String),
    Column("started_by", String),
)

SELECTIONS = Table(
    "selections",
    METADATA,
    Column("token", String, primary_key=True),
    Column("dataset", String),
    Column("label", String),
    Column("row_numbers", LargeBinary),
    Column("names", LargeBinary),
    Column("created_at", Float),
)

VIEWS = Table(
    "views",
    METADATA,
    Column("dataset", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("parameters", String),
    Column("annotator", String),
    Column("saved_at", Float),
)

SHARES = Table(
    "shares",
    METADATA,
    Column("number", BigInteger, primary_key=True),
    Column("dataset", String),
    Column("made_by", String),
    Column("at", Float),
    Column("terms", String),
    Column("known", LargeBinary),
    Column("ended_at", Float),
)

PARTS = Table(
    "parts",
    METADATA,
    Column("share", BigInteger, primary_key=True),
    Column("person", String, primary_key=True),
    Column("faces", LargeBinary),
)

GLANCES = Table(
    "glances",
    METADATA,
    Column("dataset", String, primary_key=True),
    Column("who", String, primary_key=True),
    Column("page", String, primary_key=True),
    Column("hour", BigInteger, primary_key=True),
    Column("first_at", Float),
    Column("last_at", Float),
    Column("times", BigInteger),
)

ROLES = Table(
    "roles",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("person", String),
    Column("role", String),
    Column("given_by", String),
    Column("at", Float),
)
