"""Products out of an export: one line each."""

from __future__ import annotations

from pathlib import Path

from actions.exports.cells import amount, count, flag, several
from actions.exports.tables import Columns, Row, read_rows, usable
from actions.shop import Product
from bot.messages import LANGUAGES

COLUMNS: Columns = {
    "id": ("sku", "商品编号", "商品id", "货号", "商家编码"),
    "name": ("title", "商品名称", "商品标题", "名称"),
    "english": ("english name", "英文名称"),
    "kind": ("category", "类目", "分类"),
    "price": ("价格", "售价", "现价"),
    "was": ("compare at price", "原价", "划线价"),
    "stock": ("inventory", "库存", "库存数量"),
    "specs": ("specifications", "规格", "参数", "卖点"),
    "aliases": ("also called", "别名", "俗称"),
    "returnable": ("支持退货", "可退货"),
    "warranty": ("warranty months", "保修月数", "质保月数"),
    "image": ("图片", "主图"),
}


def read_products(path: Path) -> dict[str, Product]:
    """Products by their id; of two with one id the last line counts. Raises `BadTable` and `OSError`."""
    return {one.id: one for _, one in usable(path.name, read_rows(path, COLUMNS), _product)}


def _product(row: Row) -> Product:
    name, specs = row.need("name", str), row.get("specs", several) or ()
    returnable = row.get("returnable", flag)
    return Product(
        id=row.need("id", str),
        kind=row.get("kind", str) or "",
        names={**dict.fromkeys(LANGUAGES, name), "en": row.get("english", str) or name},
        aliases=row.get("aliases", several) or (),
        price=row.need("price", amount),
        was=row.get("was", amount),
        stock=row.get("stock", count) or 0,
        specs=dict.fromkeys(LANGUAGES, specs),
        returnable=returnable is not False,
        warranty=row.get("warranty", count),
        image=row.get("image", str),
    )
