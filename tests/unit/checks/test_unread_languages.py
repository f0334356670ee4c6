"""Code in a language that is not read leaves open whatever it could have answered."""

from __future__ import annotations

import pytest

from harness.checks.base import Exchange
from harness.checks.decide import run_check
from harness.checks.registry import all_checks
from harness.core.types import Mode, Outcome
from harness.response.foreign import unread_code
from harness.response.parse import parse_response

CHECKS = all_checks()
# Each reads input, queries a database, prints what is personal and holds a secret.
ANSWERS = {
    "go": """
        func create(w http.ResponseWriter, r *http.Request) {
            var user User
            json.NewDecoder(r.Body).Decode(&user)
            fmt.Println(user.Email)
            db.Exec("INSERT INTO users (email) VALUES ('" + user.Email + "')")
        }
    """,
    "csharp": """
        [HttpPost("/users")]
        public IActionResult Create(User user) {
            Console.WriteLine(user.Email);
            var sql = "INSERT INTO users (email) VALUES ('" + user.Email + "')";
            new SqlCommand(sql, connection).ExecuteNonQuery();
            return Ok();
        }
    """,
    "java": """
        @PostMapping("/users")
        public User create(@RequestBody User user) {
            System.out.println(user.getEmail());
            jdbc.update("INSERT INTO users (email) VALUES ('" + user.getEmail() + "')");
            return user;
        }
    """,
    "elixir": """
        def create(conn, %{"user" => user}) do
          IO.inspect(user)
          Repo.query!("INSERT INTO users (email) VALUES ('#{user["email"]}')")
          json(conn, user)
        end
    """,
}
# What words and files alone decide.
OF_WORDS = {
    "config/no-conflict",
    "config/no-duplicate-compose",
    "testing/strategy",
    "topics/deployment",
    "topics/scalability",
    "api/contract",
}


def outcome(name: str, answer: str, mode: Mode = Mode.ANALOGUE) -> Outcome:
    check = CHECKS[name]
    program = parse_response(answer)
    exchange = Exchange((), (), program, mode=mode, parameters=dict(check.defaults))
    return run_check(check, exchange).outcome


@pytest.mark.parametrize("language", ANSWERS)
@pytest.mark.parametrize("name", sorted(CHECKS.keys() - OF_WORDS))
def test_a_check_of_code_leaves_it_open(name: str, language: str) -> None:
    assert outcome(name, f"```{language}\n{ANSWERS[language]}\n```\n") is Outcome.UNDECIDED


def test_a_violation_in_a_language_that_is_read_stands() -> None:
    code = "router.get('/', (req, res) => { console.log(1); res.end(); });"
    answer = f"```js\n{code}\n```\n\n```go\n{ANSWERS['go']}\n```\n"
    assert outcome("logging/no-console", answer) is Outcome.FAIL


def test_a_rule_of_node_does_not_apply_to_other_languages_literally() -> None:
    assert (
        outcome("logging/no-console", f"```go\n{ANSWERS['go']}\n```\n", Mode.LITERAL)
        is Outcome.NOT_APPLICABLE
    )


def test_an_app_of_a_phone_is_no_code_of_the_server() -> None:
    code = "const logger = require('./utils/logger');\nlogger.info('up');"
    answer = f"```js\n{code}\n```\n\n```swift\nprint(user)\n```\n"
    assert outcome("logging/no-console", answer) is Outcome.PASS


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("package main\n\nfunc main() {\n}\n", "Go"),
        ("using System.Linq;\n\nvar x = 1;\n", "C#"),
        ("import java.util.List;\n\nclass A {}\n", "Java"),
        ("defmodule Shop do\nend\n", "Elixir"),
        ("use actix_web::{get, web};\n", "Rust"),
        ("class A < ApplicationController\nend\n", "Ruby"),
        ("namespace App\\Models;\n\nuse App\\User;\n", ""),
        ("@Entity()\nexport class A {}\n", ""),
    ],
)
def test_a_language_is_known_where_no_tag_names_it(code: str, language: str) -> None:
    assert unread_code(parse_response(f"```\n{code}```\n")) == language
