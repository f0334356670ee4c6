"""Answers of about 600 tokens that benchmarks decide: Express, Django, SQL alone and prose alone."""

from __future__ import annotations

CODE = """\
const express = require('express');
const Joi = require('joi');
const logger = require('../utils/logger');
const { authenticate, authorize } = require('../middleware/auth');
const limiter = require('../middleware/limiter');
const users = require('../services/users');

const router = express.Router();

const createUser = Joi.object({
  email: Joi.string().email().required(),
  name: Joi.string().min(2).max(100).required(),
  role: Joi.string().valid('user', 'admin').default('user'),
});

router.post('/users', limiter, authenticate, authorize('admin'), async (req, res, next) => {
  const { error, value } = createUser.validate(req.body, { abortEarly: false });
  if (error) {
    return res.status(400).json({ error: error.details.map((detail) => detail.message) });
  }
  try {
    const user = await users.create(value);
    logger.info('user created', { id: user.id });
    return res.status(201).json({ data: user });
  } catch (err) {
    logger.error('user not created', { reason: err.message });
    return next(err);
  }
});

module.exports = router;
"""
DJANGO = """\
import logging

from django.db import models, transaction
from rest_framework import permissions, serializers, status, viewsets
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle

logger = logging.getLogger(__name__)


class Invoice(models.Model):
    number = models.CharField(max_length=32, unique=True)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="invoices")
    total = models.DecimalField(max_digits=12, decimal_places=2)
    issued_at = models.DateTimeField(db_index=True)


class InvoiceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Invoice
        fields = ["id", "number", "customer", "total", "issued_at"]


class InvoiceViewSet(viewsets.ModelViewSet):
    queryset = Invoice.objects.select_related("customer")
    serializer_class = InvoiceSerializer
    permission_classes = [permissions.IsAuthenticated, permissions.DjangoModelPermissions]
    throttle_classes = [UserRateThrottle]

    def create(self, request, *args, **kwargs):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            invoice = serializer.save()
        logger.info("invoice created", extra={"invoice": invoice.pk})
        return Response(serializer.data, status=status.HTTP_201_CREATED)
"""
SQL = """\
CREATE TABLE customers (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE orders (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE RESTRICT,
  status TEXT NOT NULL CHECK (status IN ('open', 'paid', 'sent')),
  placed_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX orders_by_customer ON orders (customer_id, placed_at DESC);

CREATE TABLE order_lines (
  order_id BIGINT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
  position INT NOT NULL,
  sku TEXT NOT NULL,
  quantity INT NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (order_id, position)
);
CREATE INDEX order_lines_by_sku ON order_lines (sku);

SELECT o.id, o.placed_at, sum(l.quantity) AS pieces
FROM orders o
JOIN order_lines l ON l.order_id = o.id
WHERE o.customer_id = $1 AND o.status = 'open'
GROUP BY o.id
ORDER BY o.placed_at DESC
LIMIT 20;
"""
PROSE = (
    "The route checks its input before anything touches the database, and only administrators may create "
    "accounts; the limiter keeps its counters in Redis, so that several processes share them.\n\n"
)


def _with_code(title: str, path: str, tag: str, code: str) -> str:
    return (
        f"# {title}\n\n{PROSE}## Code\n\nThis is `{path}`:\n\n```{tag}\n{code}```\n\n"
        f"## Notes\n\n- The unique index on `email` answers 409.\n- Roles come from the token.\n\n{PROSE * 3}"
    )


# Title -> the answer, the language and the text of its block; of prose alone there is none.
ANSWERS: dict[str, tuple[str, str, str]] = {
    "an Express route": (
        _with_code("Create users", "src/routes/users.js", "javascript", CODE),
        "javascript",
        CODE,
    ),
    "Django": (_with_code("Invoices", "billing/views.py", "python", DJANGO), "python", DJANGO),
    "SQL alone": (_with_code("Orders", "db/schema.sql", "sql", SQL), "sql", SQL),
    "prose alone": (
        f"# Scaling\n\n{PROSE * 6}## Notes\n\n- Roles come from the token.\n\n{PROSE * 5}",
        "",
        "",
    ),
}


def repeated(times: int) -> str:
    """Return an answer of many routers, each with names of its own, so that none hides another."""
    names = [f"users{number}" if number else "users" for number in range(times)]
    return "".join(
        _with_code(f"Create {name}", f"src/routes/{name}.js", "javascript", CODE.replace("users", name))
        for name in names
    )
