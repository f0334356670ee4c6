"""What queries filter, join and order by, in SQL, in strings of code and through models."""

from __future__ import annotations

import pytest

from harness.response.parse import parse_response
from harness.response.schema.model import Query, Schema


def schema_of(text: str, fence: str = "sql") -> Schema:
    return parse_response(f"```{fence}\n{text}\n```\n").schema


def query_of(text: str, fence: str = "sql") -> Query:
    queries = schema_of(text, fence).queries
    assert len(queries) == 1
    return queries[0]


def filters_of(text: str, fence: str = "sql") -> list[tuple[tuple[str, ...], ...]]:
    return [condition.branches for condition in query_of(text, fence).uses[0].filters]


@pytest.mark.parametrize(
    ("where", "branches"),
    [
        ("a = 1 AND b > 2", [(("a",),), (("b",),)]),
        ("a IN (1, 2)", [(("a",),)]),
        ("a BETWEEN 1 AND 2", [(("a",),)]),
        ("a = 1 OR b = 2", [(("a",), ("b",))]),
        ("$1::text IS NULL OR a = $1", [(("a",),)]),
        ("a <> 1", []),
        ("NOT a = 1", []),
        ("a = b", []),
        ("active = true", []),
        ("deleted_at IS NULL", []),
        ("a = (SELECT max(x) FROM pg_class)", [(("a",),)]),
    ],
)
def test_conditions_that_an_index_could_serve(
    where: str, branches: list[tuple[tuple[str, ...], ...]]
) -> None:
    """Negations, flags and comparisons within a row are not looked up."""
    assert filters_of(f"SELECT * FROM t WHERE {where}") == branches  # noqa: S608 - never run


def test_an_expression_is_no_column() -> None:
    """lower(a) is looked up in an index on lower(a); the column stands in where there is one."""
    term, column = filters_of("SELECT * FROM t WHERE lower(a) = 'x'")[0][0]
    assert (term != "a", column) == (True, "a")


def test_aliases_lead_to_tables() -> None:
    """A join is told apart from a filter."""
    query = query_of("SELECT * FROM orders o JOIN users AS u ON u.id = o.user_id WHERE u.email = $1")
    joins = [(join.left, join.left_term, join.right, join.right_term) for join in query.joins]
    assert ([use.table for use in query.uses], joins) == (["orders", "users"], [(1, "id", 0, "userid")])


def test_a_column_without_a_table_belongs_to_the_table_that_has_it() -> None:
    """The definitions may stand after the query."""
    schema = schema_of(
        "SELECT * FROM a, b WHERE x = 1; CREATE TABLE a (id int, y int); CREATE TABLE b (id int, x int);"
    )
    assert [len(use.filters) for use in schema.queries[0].uses] == [0, 1]


def test_a_common_table_expression_is_no_table() -> None:
    """What it is made of is."""
    schema = schema_of("WITH r AS (SELECT * FROM t WHERE a = 1) SELECT * FROM r WHERE b = 2")
    assert [[use.table for use in query.uses] for query in schema.queries] == [["t"]]


def test_the_order_of_a_page_is_known() -> None:
    """ORDER BY with LIMIT reads in order."""
    query = query_of("SELECT * FROM t ORDER BY created_at DESC LIMIT 5")
    order = query.uses[0].order
    assert order is not None
    assert (order.branches, query.limited) == ((("createdat",),), True)


@pytest.mark.parametrize(
    ("fence", "code"),
    [
        ("js", "pool.query('SELECT * FROM t WHERE a = $1', [x])"),
        ("js", "pool.query(`SELECT * FROM t WHERE a = ${x} ORDER BY ${y} ${z}`)"),
        ("js", 'const sql = "SELECT * FROM t " + "WHERE a = \'" + x + "\'";'),
        ("js", "let sql = 'SELECT * FROM t WHERE 1=1'; if (x) sql += ' AND a = ?';"),
        (
            "js",
            "const w = []; w.push(`a = $${n}`); db.query(`SELECT * FROM t WHERE ${w.join(' AND ')} LIMIT 5`)",
        ),
        ("js", "const T = 't'; db.query(`SELECT * FROM ${T} WHERE a = 1`)"),
        ("python", 'cur.execute("SELECT * FROM t WHERE a = %s", (x,))'),
        ("python", 'cur.execute(f"SELECT * FROM t WHERE a = {x}")'),
        ("python", 'cur.execute("SELECT * FROM t "\n            "WHERE a = %(x)s", {"x": x})'),
        ("php", "$pdo->prepare('SELECT * FROM t WHERE a = :a');"),
        ("php", "$db->query(\"SELECT * FROM t WHERE a = '{$a}'\");"),
    ],
)
def test_sql_in_strings_of_code(fence: str, code: str) -> None:
    """Literals, templates, concatenations, additions and collected conditions."""
    assert filters_of(code, fence) == [(("a",),)]


@pytest.mark.parametrize(
    ("fence", "code"),
    [
        ("js", "logger.info('SELECT * FROM t WHERE a = 1');"),
        ("js", "// SELECT * FROM t WHERE a = 1"),
        ("js", "const label = 'select a seat from the list below';"),
        ("python", "# SELECT * FROM t WHERE a = 1\nx = 1"),
    ],
)
def test_words_that_only_look_like_sql(fence: str, code: str) -> None:
    """Log lines and comments are no queries of the program."""
    assert [
        use.filters for query in schema_of(code, fence).queries for use in query.uses if use.filters
    ] == []


def test_a_condition_in_a_template_stands_at_its_line() -> None:
    """The line is that of the response, not that of the string."""
    query = query_of("db.query(`\n  SELECT * FROM t\n   WHERE a = ${x}\n     AND b = 2`)", "js")
    assert [one.place.finding("x").line for one in query.uses[0].filters] == [4, 5]


@pytest.mark.parametrize(
    ("fence", "code"),
    [
        ("js", "const T = model('T', new Schema({ a: String }));\nT.find({ a: x, b: { $ne: 1 } }).limit(5);"),
        ("js", "const T = sequelize.define('T', { a: DataTypes.STRING });\nT.findAll({ where: { a: x } });"),
        (
            "js",
            """exports.make = (knex) => knex.schema.createTable('t', (t) => { t.string('a'); });
            knex('t').where('a', x).first();""",
        ),
        (
            "python",
            "class T(models.Model):\n    a = models.TextField()\n\nT.objects.filter(a__icontains=x)",
        ),
    ],
)
def test_queries_through_models(fence: str, code: str) -> None:
    """The filter of an ORM is a condition like one in SQL."""
    assert filters_of(code, fence) == [(("a",),)]
