"""What a shop may set from outside: environment variables, with defaults that run on one machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

HOUR = 3_600_000
"""ms"""


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [part.strip().rstrip("/") for part in value.split(",") if part.strip()]


def _without_slash(value: object) -> object:
    return value.strip().rstrip("/") if isinstance(value, str) else value


class Settings(BaseSettings):
    """Read once, at the start. An empty variable is an unset one; what may hold a password is a `SecretStr`."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, populate_by_name=True)

    data: Path = Field(Path("data"), validation_alias="JIELI_DATA")
    host: str = Field("127.0.0.1", validation_alias="JIELI_HOST")
    port: int = Field(8000, ge=0, le=65_535, validation_alias="JIELI_PORT")
    desk: str = Field("shop", pattern=r"^[a-z0-9_-]{1,32}$", validation_alias="JIELI_DESK")
    public_url: Annotated[str | None, BeforeValidator(_without_slash)] = Field(
        None, pattern=r"^https?://[^\s?#]+$", validation_alias="JIELI_PUBLIC_URL"
    )
    """Where others reach this desk, as `https://desk.shop.example`."""
    origins: Annotated[frozenset[str], NoDecode, BeforeValidator(_split)] = Field(
        frozenset(), validation_alias="JIELI_ORIGINS"
    )
    """Foreign sites that may embed the widget, as `https://shop.example`; our own pages always may."""
    shop_name: str = Field("", max_length=64, validation_alias="JIELI_SHOP_NAME")
    shop_url: Annotated[str | None, BeforeValidator(_without_slash)] = Field(
        None, pattern=r"^https?://[^\s?#]+$", validation_alias="JIELI_SHOP_URL"
    )
    """Where the shop's system answers by docs/shop-api.json, which knows us by `shop_token`."""
    shop_token: SecretStr | None = Field(None, min_length=16, validation_alias="JIELI_SHOP_TOKEN")
    shop_folder: Path | None = Field(None, validation_alias="JIELI_SHOP_FOLDER")
    """Where the shop's system exports `products.csv` and `orders.csv` (docs/shop.md)."""
    redis_url: SecretStr | None = Field(None, validation_alias="REDIS_URL")
    """An external Redis >= 7 or Valkey in place of the embedded store."""
    database_url: SecretStr | None = Field(None, validation_alias="DATABASE_URL")
    """PostgreSQL, as `postgresql://user:password@host/name`, in place of SQLite in the data folder."""
    login_secret: SecretStr | None = Field(None, min_length=32, validation_alias="JIELI_LOGIN_SECRET")
    """The key by which the shop's own server signs who its customer is (docs/protocol.md)."""
    telegram_token: SecretStr | None = Field(None, validation_alias="TELEGRAM_TOKEN")
    telegram_proxy: SecretStr | None = Field(None, validation_alias="TELEGRAM_PROXY")
    telegram_api: str | None = Field(None, validation_alias="TELEGRAM_API")
    wechat_app_id: str | None = Field(None, validation_alias="WECHAT_APP_ID")
    wechat_app_secret: SecretStr | None = Field(None, validation_alias="WECHAT_APP_SECRET")
    wechat_token: SecretStr | None = Field(None, validation_alias="WECHAT_TOKEN")
    wechat_aes_key: SecretStr | None = Field(None, validation_alias="WECHAT_AES_KEY")
    """With it only sealed callbacks (compatible or safe mode) are taken."""
    wechat_passive_only: bool = Field(False, validation_alias="WECHAT_PASSIVE_ONLY")
    """The account has no customer-service API: unverified accounts, personal ones among them."""
    wechat_forward: str | None = Field(None, pattern=r"^https?://", validation_alias="WECHAT_FORWARD")
    """The shop's earlier callback, which gets everything as it came."""
    wechat_template: str | None = Field(None, validation_alias="WECHAT_TEMPLATE")
    """Id of a template message that tells a shopper of an answer that cannot be sent any more."""
    wechat_template_fields: dict[str, str] = Field(
        {"thing1": "{text}", "time2": "{time}"}, validation_alias="WECHAT_TEMPLATE_FIELDS"
    )
    """What its fields say, as JSON; `{text}` is the beginning of the answer, `{time}` when it was given."""
    wechat_api: Annotated[str | None, BeforeValidator(_without_slash)] = Field(None, validation_alias="WECHAT_API")
    nlu_url: str | None = Field(None, validation_alias="NLU_URL")
    archive_after_hours: float = Field(24, gt=0, validation_alias="JIELI_ARCHIVE_AFTER")
    forget_after_hours: float = Field(72, gt=0, validation_alias="JIELI_FORGET_AFTER")
    """Hours after which the bot does not go on with what a shopper left open."""

    @property
    def store_folder(self) -> Path:
        """Where the embedded store lives."""
        return self.data / "store"

    @property
    def record_file(self) -> Path:
        """The SQLite file of the record, unless `DATABASE_URL` names another database."""
        return self.data / "record.db"

    @property
    def record_url(self) -> str:
        """The record's database; may hold a password."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.record_file.absolute()}"

    @property
    def archive_after(self) -> int:
        """ms a conversation is idle before it is archived."""
        return int(self.archive_after_hours * HOUR)
