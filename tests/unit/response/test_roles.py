"""What a block is for: server, browser, test, script, shell, configuration."""

from __future__ import annotations

import pytest

from harness.response.block import BlockRole
from harness.response.parse import parse_response


def role_of(response: str) -> BlockRole:
    return parse_response(response).blocks[-1].role


@pytest.mark.parametrize(
    "response",
    [
        "```jsx\nimport React from 'react';\nexport const A = () => <p/>;\n```",
        "```jsx\nexport function Cart() { return <p>x</p>; }\n```",
        "```tsx\nexport const A = () => <p/>;\n```",
        "```ts\nimport { Component } from '@angular/core';\n```",
        "```vue\n<script setup>\nconst a = 1;\n</script>\n```",
        "```html\n<script>a()</script>\n```",
        "```js\ndocument.getElementById('a').focus();\n```",
        "```js\nimport axios from 'axios';\nimport { useQuery } from '@tanstack/react-query';\n```",
        "```js\nimport { useState } from 'react';\nconst url = process.env.REACT_APP_API;\n```",
        "```js client/src/api.js\nexport const get = () => fetch('/api');\n```",
        "## In the browser\n\n```js\nconst s = new Socket('/live');\n```",
        "```css\na { color: red }\n```",
        "```js\n'use client'\nexport default function A() {}\n```",
    ],
)
def test_code_for_the_browser(response: str) -> None:
    assert role_of(response) is BlockRole.FRONTEND


@pytest.mark.parametrize(
    "response",
    [
        "```js\nimport express from 'express';\nimport { renderToString } from 'react-dom/server';\n```",
        "```tsx\nimport { NextResponse } from 'next/server';\n```",
        "```js\nconst puppeteer = require('puppeteer');\npage.evaluate(() => document.body);\n```",
        "```js src/components/orders/orders.service.js\nexport const a = () => 1;\n```",
        "```js src/hooks/audit.js\nmodule.exports = () => {};\n```",
        "```js pages/api/users.js\nexport default function handler(req, res) { res.json({}); }\n```",
        "## React to events\n\n```js\napp.post('/hooks', h);\n```",
        "## Testing the endpoint\n\n```js\napp.get('/a', a);\n```",
        "```js\nexports.test = (value) => /a/.test(value);\n```",
        "```ts\nexport class TestBed {}\n```",
        "```php public/upload.php\n<?php\nmove_uploaded_file($a, $b);\n```",
        "```php\n<?php\necho '<script>document.getElementById(1).focus()</script>';\n```",
        "## Frontend\n\n```php\n<?php\necho 1;\n```",
        "```python app/ui/views.py\nprint(1)\n```",
        "```go client/main.go\npackage main\n```",
    ],
)
def test_code_for_the_server(response: str) -> None:
    assert role_of(response) is BlockRole.CODE


@pytest.mark.parametrize(
    "response",
    [
        "```js\ndescribe('a', () => {});\n```",
        "```js\nimport request from 'supertest';\n```",
        "```js tests/users.js\na();\n```",
        "```ts src/users.spec.ts\na();\n```",
        "```js\njest.mock('./logger');\n```",
        "```js\nimport http from 'k6/http';\n```",
        "```js\nconst test = require('node:test');\n```",
        "## Tests\n\n```js\nexpect(add(1, 1)).toBe(2);\n```",
    ],
)
def test_tests(response: str) -> None:
    assert role_of(response) is BlockRole.TEST


@pytest.mark.parametrize(
    ("response", "role"),
    [
        ("```js\n#!/usr/bin/env node\na();\n```", BlockRole.SCRIPT),
        ("```js scripts/seed.js\na();\n```", BlockRole.SCRIPT),
        ("```js\nexports.up = (knex) => knex.schema.createTable('a');\n```", BlockRole.SCRIPT),
        ("```bash\nnpm i winston\n```", BlockRole.SHELL),
        ("```console\n$ npm i\n```", BlockRole.SHELL),
        ("```yaml\nservices: {}\n```", BlockRole.CONFIG),
        ("```dockerfile\nFROM node:22\n```", BlockRole.CONFIG),
        ("```\n.\n├── src\n└── test\n```", BlockRole.DATA),
        ("```text\nconst a = 1;\n```", BlockRole.DATA),
        ("```http\nGET /a HTTP/1.1\n```", BlockRole.DATA),
        ("```mermaid\ngraph TD; a-->b\n```", BlockRole.DATA),
    ],
)
def test_other_roles(response: str, role: BlockRole) -> None:
    assert role_of(response) is role


@pytest.mark.parametrize(
    ("response", "language"),
    [
        ("```\nconst a = require('a');\na.b();\n```", "javascript"),
        ("```\ninterface A { b: string }\nconst a: A = { b: 'c' };\n```", "typescript"),
        ("```\nimport os\n\ndef f():\n    return os\n```", "python"),
        ("```\nCREATE TABLE a (b int);\n```", "sql"),
        ("```\nFROM node:22\nRUN npm ci\n```", "dockerfile"),
        ("```\nnpm install winston\n```", "bash"),
        ('```\n{"a": [1, 2]}\n```', "json"),
        ("```\n<?php echo 1;\n```", "php"),
        ("```\nGET /users HTTP/1.1\n```", "http"),
        ("```\nplain prose, nothing more.\n```", ""),
        ("```\nsrc/\n  app.js\n  routes/\n```", ""),
        ("```json\nconst a = require('a');\na.b();\n```", "javascript"),
        ("```JavaScript\na();\n```", "javascript"),
        ("```{.js}\na();\n```", "javascript"),
        ("```ts src/a.tsx\nconst a = <p/>;\n```", "tsx"),
        ("```brainfuck\n+++\n```", ""),
        (
            "```\nconst app = express();\n...\napp.get('/a', (req, res) => {\n  a();\n});\n```",
            "javascript",
        ),
        (
            "```\nconst app = express();\napp.get('/a', async (req, res) => {\n  const rows = await pool.qu",
            "javascript",
        ),
    ],
)
def test_the_language_of_a_block(response: str, language: str) -> None:
    assert parse_response(response).blocks[-1].language == language


def test_typescript_under_the_tag_js_is_parsed_as_typescript() -> None:
    unit = parse_response("```js\nconst a: string = f<number>(1);\n```").units[0]
    assert not unit.broken


def test_jsx_under_the_tag_ts_is_parsed() -> None:
    unit = parse_response("```ts\nconst a = <p className='b'>c</p>;\n```").units[0]
    assert not unit.broken
