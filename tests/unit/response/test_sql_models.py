"""Models and migrations of ORMs become tables like those of DDL."""

from __future__ import annotations

import pytest

from harness.response.parse import parse_response
from harness.response.schema.model import Dialect, KeyKind, Schema, Table

PRISMA = """
datasource db {
  provider = "postgresql"
}
model User {
  id    Int    @id
  email String @unique
  posts Post[]
  @@map("accounts")
}
model Post {
  id       Int      @id
  author   User     @relation(fields: [authorId], references: [id])
  authorId Int
  at       DateTime @default(now())
  @@index([authorId, at(sort: Desc)])
}
"""
MONGOOSE = """
const itemSchema = new Schema({ sku: { type: String, required: true } }, { _id: false });
const orderSchema = new Schema({
  customer: { type: Schema.Types.ObjectId, ref: 'Customer', index: true },
  items: [itemSchema],
  state: { type: String, enum: ['a', 'b'] },
}, { timestamps: true });
orderSchema.index({ state: 1, createdAt: -1 }, { unique: true });
module.exports = mongoose.model('Order', orderSchema);
"""
TYPEORM = """
@Entity('orders')
@Index(['state', 'createdAt'])
@Unique('once', ['number'])
export class Order {
  @PrimaryGeneratedColumn('uuid') id: string;
  @Column({ nullable: true }) note: string;
  @Index() @ManyToOne(() => Customer) customer: Customer;
}
"""
SEQUELIZE = """
class Order extends Model {}
Order.init({
  customerId: { type: DataTypes.INTEGER, allowNull: false, references: { model: 'Customers', key: 'id' } },
  number: { type: DataTypes.STRING(20), unique: true },
}, {
  sequelize,
  tableName: 'shop_orders',
  indexes: [{ fields: ['customerId', { name: 'number', order: 'DESC' }] }],
});
"""
KNEX = """
exports.up = (knex) => knex.schema.createTable('orders', (t) => {
  t.increments('id');
  t.integer('customer_id').notNullable().references('id').inTable('customers').index();
  t.unique(['number', 'year']);
});
exports.down = (knex) => knex.schema.createTable('old', (t) => { t.increments('id'); });
"""
DJANGO = """
class Order(models.Model):
    customer = models.ForeignKey("shop.Customer", on_delete=models.PROTECT)
    number = models.CharField(max_length=20, unique=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "-number"])]
        constraints = [models.CheckConstraint(check=models.Q(number__gt=""), name="x")]
"""
DJANGO_MIGRATION = """
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            name="Order", fields=[("id", models.AutoField(primary_key=True)), ("n", models.IntegerField())]
        ),
        migrations.AddIndex(model_name="order", index=models.Index(fields=["n"], name="x")),
    ]
"""
SQLALCHEMY = """
class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (Index("ix", "customer_id", "number"), UniqueConstraint("number"))
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    number: Mapped[str | None] = mapped_column(String(20), index=True)
"""
ALEMBIC = """
def upgrade():
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer()),
        sa.Column("c", sa.Integer(), sa.ForeignKey("customers.id")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix", "orders", ["c"], unique=True)

def downgrade():
    op.create_index("iy", "orders", ["id"])
"""
LARAVEL = """
Schema::create('orders', function (Blueprint $table) {
    $table->id();
    $table->foreignId('customer_id')->constrained()->index();
    $table->string('number')->nullable()->unique();
    $table->morphs('source');
    $table->foreign('shop')->references('id')->on('shops');
});
"""


def schema_of(text: str, fence: str) -> Schema:
    return parse_response(f"```{fence}\n{text}\n```\n").schema


def order_of(text: str, fence: str) -> Table:
    table = schema_of(text, fence).table("orders")
    assert table is not None
    return table


def keys_of(table: Table) -> set[tuple[str, tuple[str, ...]]]:
    return {(key.kind.value, key.terms) for key in table.keys if key.kind is not KeyKind.PRIMARY}


@pytest.mark.parametrize(
    ("text", "fence", "keys"),
    [
        (MONGOOSE, "js", {("index", ("customer",)), ("unique", ("state", "createdat"))}),
        (
            TYPEORM,
            "ts",
            {("index", ("state", "createdat")), ("unique", ("number",)), ("index", ("customerid",))},
        ),
        (SEQUELIZE, "js", {("unique", ("number",)), ("index", ("customerid", "number"))}),
        (KNEX, "js", {("index", ("customerid",)), ("unique", ("number", "year"))}),
        (
            DJANGO,
            "python",
            {("index", ("customerid",)), ("unique", ("number",)), ("index", ("customerid", "number"))},
        ),
        (DJANGO_MIGRATION, "python", {("index", ("n",))}),
        (
            SQLALCHEMY,
            "python",
            {("index", ("customerid", "number")), ("unique", ("number",)), ("index", ("number",))},
        ),
        (ALEMBIC, "python", {("unique", ("c",))}),
        (
            LARAVEL,
            "php",
            {("index", ("customerid",)), ("unique", ("number",)), ("index", ("sourcetype", "sourceid"))},
        ),
    ],
    ids=[
        "mongoose",
        "typeorm",
        "sequelize",
        "knex",
        "django",
        "migration",
        "sqlalchemy",
        "alembic",
        "laravel",
    ],
)
def test_indexes_are_read(text: str, fence: str, keys: set[tuple[str, tuple[str, ...]]]) -> None:
    """Of a field, of the table, and of a statement of its own."""
    assert keys_of(order_of(text, fence)) == keys


@pytest.mark.parametrize(
    ("text", "fence", "relations"),
    [
        (MONGOOSE, "js", [(("customer",), "Customer")]),
        (TYPEORM, "ts", [(("customerid",), "Customer")]),
        (SEQUELIZE, "js", [(("customerid",), "Customers")]),
        (KNEX, "js", [(("customerid",), "customers")]),
        (DJANGO, "python", [(("customerid",), "Customer")]),
        (SQLALCHEMY, "python", [(("customerid",), "customers")]),
        (ALEMBIC, "python", [(("c",), "customers")]),
        (LARAVEL, "php", [(("customerid",), "customer"), (("shop",), "shops")]),
    ],
    ids=["mongoose", "typeorm", "sequelize", "knex", "django", "sqlalchemy", "alembic", "laravel"],
)
def test_relations_are_read(text: str, fence: str, relations: list[tuple[tuple[str, ...], str]]) -> None:
    """With the columns that hold them and the table that they lead to."""
    assert [(key.columns, key.target) for key in order_of(text, fence).foreign_keys] == relations


def test_prisma_relations_and_indexes_are_read() -> None:
    """The relation is a foreign key; an attribute of a column in an index is none of its columns."""
    table = schema_of(PRISMA, "prisma").table("Post")
    assert table is not None
    relations = [(key.columns, key.target) for key in table.foreign_keys]
    assert (relations, keys_of(table)) == ([(("authorid",), "User")], {("index", ("authorid", "at"))})


def test_a_model_is_found_by_the_name_of_its_table() -> None:
    """Raw SQL speaks of the table, code of the model."""
    table = schema_of(PRISMA, "prisma").table("accounts")
    assert table is not None
    assert table.name == "User"


def test_prisma_names_its_database() -> None:
    """The provider decides whether somebody else makes the indexes."""
    assert {table.dialect for table in schema_of(PRISMA, "prisma").tables} == {Dialect.POSTGRES}


def test_a_nested_schema_is_no_collection() -> None:
    """Its fields belong to the document that holds it."""
    schema = schema_of(MONGOOSE, "js")
    columns = [column.name for column in order_of(MONGOOSE, "js").columns]
    assert ([table.name for table in schema.tables], "items.sku" in columns) == (["Order"], True)


def test_the_way_back_of_a_migration_is_no_schema() -> None:
    """down() builds nothing that the design has."""
    assert [table.name for table in schema_of(KNEX, "js").tables] == ["orders"]


def test_nullability_follows_the_framework() -> None:
    """Django's columns hold something unless told otherwise, Sequelize's may be null."""
    django, sequelize = order_of(DJANGO, "python"), order_of(SEQUELIZE, "js")
    nullable = [column.nullable for table in (django, sequelize) for column in table.columns]
    assert nullable == [False, False, False, True]


@pytest.mark.parametrize(
    ("fence", "text"),
    [
        ("ts", "export const t = pgTable('t', { id: serial('id') });"),
        ("java", "@Entity public class T {}"),
        ("go", "type T struct { gorm.Model }"),
        ("ruby", "create_table :t do |x| end"),
    ],
)
def test_an_orm_that_is_not_known_is_noted(fence: str, text: str) -> None:
    """A schema that nobody reads is not the same as no schema."""
    assert len(schema_of(text, fence).unread) == 1


def test_an_entity_in_plain_javascript_is_read() -> None:
    """The wrong tag on a block, or decorators through Babel, are no reason to fail."""
    schema = schema_of("@Entity()\nclass Order { @PrimaryColumn() id; }", "js")
    assert [table.name for table in schema.tables] == ["Order"]


@pytest.mark.parametrize(
    "head",
    [
        "import { Schema as Shape, model as make } from 'mongoose';\n",
        "const { Schema: Shape, model: make } = require('mongoose');\n",
    ],
)
def test_the_names_that_mongoose_is_imported_under_do_not_matter(head: str) -> None:
    renamed = MONGOOSE.replace(" Schema", " Shape").replace("mongoose.model", "make")
    assert keys_of(order_of(head + renamed, "js")) == keys_of(order_of(MONGOOSE, "js"))


def test_the_names_that_typeorm_is_imported_under_do_not_matter() -> None:
    renamed = TYPEORM.replace("@Entity", "@Row").replace("@Index", "@Ix").replace("@Unique", "@orm.Unique")
    head = "import * as orm from 'typeorm';\nimport { Entity as Row, Index as Ix } from 'typeorm';\n"
    assert keys_of(order_of(head + renamed, "ts")) == keys_of(order_of(TYPEORM, "ts"))


def test_the_names_that_sqlalchemy_is_imported_under_do_not_matter() -> None:
    renamed = SQLALCHEMY.replace("Index(", "Ix(").replace("mapped_column", "col").replace("Unique", "One")
    head = "from sqlalchemy import (\n    Index as Ix,\n    UniqueConstraint as OneConstraint,\n)\n"
    head += "from sqlalchemy.orm import mapped_column as col\n"
    assert keys_of(order_of(head + renamed, "python")) == keys_of(order_of(SQLALCHEMY, "python"))


def test_the_names_that_django_is_imported_under_do_not_matter() -> None:
    text = "from django.db import models as m\n" + DJANGO.replace("models.", "m.")
    assert keys_of(order_of(text, "python")) == keys_of(order_of(DJANGO, "python"))


def test_the_names_that_laravel_is_imported_under_do_not_matter() -> None:
    text = "use Illuminate\\Support\\Facades\\Schema as Tables;\n" + LARAVEL.replace("Schema::", "Tables::")
    assert keys_of(order_of(text, "php")) == keys_of(order_of(LARAVEL, "php"))


def test_names_that_are_put_back_stay_on_their_lines() -> None:
    text = "from sqlalchemy import (\n    Index as Ix,\n)\n" + SQLALCHEMY.replace("Index(", "Ix(")
    place = next(key.place for key in order_of(text, "python").keys if key.terms == ("customerid", "number"))
    assert text.split("\n")[place.line].lstrip().startswith("__table_args__")
