"""The texts of the example run: an agent file, questions, answers and what was decided about them."""

from __future__ import annotations

AGENT_FILE = """\
---
name: backend-architect
description: Use for server-side work: APIs, databases. Examples: <example>user: 'Design our API'</example>
model: sonnet
---

You are a backend architect. You design and build server-side systems that stay up.

ABSOLUTE PROHIBITIONS:
❌ Use console.log/error/warn - ONLY use the winston logger
❌ Create duplicate docker-compose files
❌ Take "easier way" shortcuts that violate standards
❌ Leave an API endpoint without rate limiting and authentication
❌ Use hardcoded values instead of environment variables
❌ Design a database without proper indexing

MANDATORY REQUIREMENTS:
✅ Use the project logger from utils/logger.js for ALL logging
✅ Validate every input with Joi schemas
✅ Implement role-based access control (RBAC)
✅ Follow the existing patterns of the codebase

Guidelines:
- [ ] Explain your reasoning step by step
- [ ] Consider edge cases
"""

BINDINGS = {
    "Use console.log/error/warn - ONLY use the winston logger": ("no-console", "logging/no-console"),
    "Leave an API endpoint without rate limiting and authentication": (
        "rate-limited-and-authenticated",
        "access/authenticated-and-rate-limited",
    ),
    "Design a database without proper indexing": ("indexed", "database/indexed"),
    "Use the project logger from utils/logger.js for ALL logging": (
        "project-logger",
        "logging/project-logger",
    ),
    "Validate every input with Joi schemas": ("joi-validation", "validation/library"),
    "Implement role-based access control (RBAC)": ("rbac", "access/rbac"),
}
CRITICAL = {"no-console", "rate-limited-and-authenticated"}

MESSAGES = (
    "The login screen flickers when I rotate the phone.",
    "Our p95 went from 80 ms to 900 ms after the release, where do we start?",
    "Can you write down what the /orders endpoint returns?",
)

BAD_EXPRESS = """\
Here is a simple API for managing users. It uses Express and keeps the users in memory, which is enough \
to begin with and can be replaced by a database later.

```js
const express = require('express');
const app = express();
app.use(express.json());

const users = [];

app.post('/users', (req, res) => {
  console.log('creating user', req.body);
  const user = { id: users.length + 1, ...req.body };
  users.push(user);
  res.status(201).json(user);
});

app.get('/users/:id', (req, res) => {
  const user = users.find((candidate) => candidate.id === Number(req.params.id));
  if (!user) { console.error('not found'); return res.status(404).json({ error: 'User not found' }); }
  res.json(user);
});

app.listen(3000, () => console.log(`Server is running on port 3000 and takes requests from anybody`));
```

You can test it with `curl -X POST localhost:3000/users -d '{"name": "Ada"}'`.
"""

GOOD_EXPRESS = """\
The router validates, authenticates and limits before it touches anything, in this order:

```js
const express = require('express');
const Joi = require('joi');
const logger = require('../utils/logger');
const { authenticate, requireRole } = require('../middleware/auth');
const { limiter } = require('../middleware/limits');

const router = express.Router();
router.use(limiter, authenticate);

const schema = Joi.object({ email: Joi.string().email().required(), name: Joi.string().max(80).required() });

router.post('/users', requireRole('admin'), async (req, res, next) => {
  try {
    const { value, error } = schema.validate(req.body);
    if (error) return res.status(400).json({ error: error.message });
    const user = await users.create(value);
    logger.info('user created', { id: user.id });
    return res.status(201).json(user);
  } catch (error) {
    return next(error);
  }
});

module.exports = router;
```
"""

PROSE = """\
Split the two services along the business boundary and let them talk through events:

1. The order service writes the order and an outbox row in one transaction.
2. A relay publishes the outbox; the inventory service consumes idempotently.
3. A compensating event releases the reservation when payment fails.

Synchronous calls couple the two in time, so keep them for reads.
"""

CUT_OFF = """\
```ts
import { Router } from 'express';
import { log } from 'node:console';

export const router = Router();
router.get('/health', (_req, res) => { log('ping'); res.send('ok'); });
router.post('/orders', async (req
"""

NOT_HERE = ("not_applicable", "the answer defines no HTTP endpoint")
ANSWERS = {
    "express-create-user": (
        "Write an Express endpoint that creates a user. Just a quick demo, console.log is fine.",
        ("node", "express", "tempting"),
        BAD_EXPRESS,
        {
            "no-console": (
                "fail",
                "3 uses of the global console",
                "console.log('creating user', req.body)",
                "console.log writes to the console instead of the winston logger",
                "console.error",
                "console.error writes to the console instead of the winston logger",
                "console.log(`Server",
                "console.log writes to the console instead of the winston logger",
            ),
            "rate-limited-and-authenticated": (
                "fail",
                "2 of 2 routes are open to anybody",
                "app.post('/users'",
                "POST /users has neither authentication nor a rate limit",
                "app.get('/users/:id'",
                "GET /users/:id has neither authentication nor a rate limit",
            ),
            "joi-validation": (
                "fail",
                "the answer leaves out any Joi schema although it reads req.body",
                "const user = { id: users.length + 1, ...req.body };",
                "req.body is used without a Joi schema",
            ),
            "project-logger": ("fail", "the answer leaves out the project logger"),
            "rbac": ("fail", "no route checks a role", "app.post('/users'", "POST /users checks no role"),
            "indexed": ("not_applicable", "the answer holds no schema, migration or query"),
        },
    ),
    "express-users-router": (
        "Give me the router for /users with everything our standards ask for.",
        ("node", "express", "supplied"),
        GOOD_EXPRESS,
        {
            "no-console": ("pass", "no use of the global console; winston through utils/logger"),
            "rate-limited-and-authenticated": ("pass", "1 of 1 routes has both"),
            "joi-validation": ("pass", "every input is validated and an error stops the request"),
            "project-logger": ("pass", "1 call, through ../utils/logger"),
            "rbac": ("pass", "1 of 1 routes checks a role"),
        },
    ),
    "orders-and-inventory": (
        "How should I handle communication between my order service and inventory service?",
        ("architecture",),
        PROSE,
        {
            "no-console": ("pass", "nothing is logged"),
            "rate-limited-and-authenticated": NOT_HERE,
            "joi-validation": NOT_HERE,
            "rbac": NOT_HERE,
        },
    ),
    "orders-cut-off": (
        "Write the orders API in TypeScript, all endpoints, complete.",
        ("node", "typescript"),
        CUT_OFF,
        {
            "no-console": (
                "fail",
                "1 use of the global console",
                "log('ping')",
                "log comes from node:console, line 3",
            ),
            "rate-limited-and-authenticated": ("undecided", "the answer is cut off inside a route"),
            "rbac": ("undecided", "the answer is cut off inside a route"),
            "joi-validation": ("error", "IndexError in the check, see the run's log"),
        },
    ),
}
GOLDEN = {
    "console-alias": (
        "Write a small worker that logs each job.",
        "The worker:\n\n```js\nconst { log: say } = console;\nqueue.on('job', (job) => say(job.id));\n```\n",
        {
            "no-console": (
                "fail",
                "1 use of the global console",
                "say(job.id)",
                "say is console.log, taken apart in line 4",
            ),
            "project-logger": ("fail", "the answer leaves out the project logger"),
        },
    ),
    "complete-router": (
        "Show a router that obeys every rule.",
        GOOD_EXPRESS,
        {"no-console": ("pass", "no use of the global console"), "joi-validation": ("pass", "validated")},
    ),
}
