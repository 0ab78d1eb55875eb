"""Every setting, from the environment (`FORTHWITH_...`) alone. Read once, at the edges."""

from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where things are kept, and which providers may be used. Nothing set means: nothing leaves."""

    model_config = SettingsConfigDict(env_prefix="FORTHWITH_", extra="ignore")

    home: Path = Path("~/.local/share/forthwith").expanduser()
    database_url: str | None = None  # an external PostgreSQL; default: the embedded one under `home`
    kek: SecretStr | None = None  # key-encryption key, 32 bytes as base64; default: the file `home/keys/kek`
    laws: list[Path] = []  # further folders of a user's own duties, beside laws/
    actor: str | None = None  # who acts on the command line; default: the login name
    timezone: str = "UTC"  # of this installation; laws carry their own
    retention_days: int = 1095  # after closing; then an incident's key and personal data are destroyed
    report_days: int = Field(default=90, ge=0)  # after a report was set aside; then what was written is destroyed
    reports_per_day: int = Field(default=100, ge=1)  # reports that one secret address takes in a day
    intake_drop: Path | None = None  # a folder whose .eml files are taken in as reports, each minute

    answer_days: int = Field(default=30, ge=1)  # calendar days in which affected people's enquiries are answered

    organisation: str = "Example Ltd"
    organisation_address: list[str] = []
    contact_email: str = "dpo@example.com"
    contact_phone: str = ""
    public_url: str = "http://127.0.0.1:8700"  # where affected people can check a notice

    session_idle_minutes: int = Field(default=30, ge=1)  # a session in the browser ends after so long without a page
    second_factor: Literal["off", "enrolled", "required"] = "enrolled"  # who must show one to approve in the browser
    oidc_issuer: str | None = None  # the company's own sign-in, `https://id.example.com/realms/staff`
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name: str = "the company's sign-in"  # what its button says
    oidc_scopes: str = "openid email"
    oidc_role_claim: str = "groups"
    oidc_roles: dict[str, str] = {}  # a role by the claim's value; empty: roles are given here alone

    web_host: str = "127.0.0.1"
    web_port: int = 8700
    prefect_port: int = 4700
    prefect_api_url: str | None = (
        None  # a Prefect server elsewhere, `http://host:port/api`; default: the one of `serve`
    )
    prefect_auth: SecretStr | None = None  # its `user:password`; default: the file `home/keys/prefect`

    # channel a medium; `outbox` writes files and sends nothing
    email_channel: str = "outbox"
    sms_channel: str = "outbox"
    voice_channel: str = "outbox"
    fax_channel: str = "outbox"
    letter_channel: str = "print_file"
    web_channel: str = "web_notice"

    sendgrid_api_key: SecretStr | None = None
    sendgrid_host: str = "https://api.sendgrid.com"
    sendgrid_webhook_key: str | None = None  # the public key of the signed event webhook
    sender_email: str = "notices@example.com"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: bool = True
    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_from: str | None = None
    twilio_caller: str | None = None  # the caller id of calls; default: `twilio_from`
    twilio_host: str = "https://api.twilio.com"
    fax_host: str = "https://api.telnyx.com"
    fax_api_key: SecretStr | None = None
    fax_application: str | None = None  # the provider's id of the fax application
    fax_from: str | None = None
    fax_webhook_key: str | None = None  # the provider's public key of signed webhooks
    fax_gateway: str | None = None  # an e-mail address with `{digits}` or `{number}` in it
    fax_pages: int = 30  # a longer fax is refused: a machine would run out of paper
    print_duplex: bool = True  # letters on both sides of the paper
    print_colour: bool = False
    letter_days: int = Field(default=3, ge=0)  # how long the post takes: when a next leg must arrive, this is counted
    posted_from: str = ""  # ISO 3166-1: where letters are handed to the post; default: the organisation's home
    usps_mailer_id: str = (
        ""  # 6 or 9 digits; with the service type, letters to the US carry an Intelligent Mail barcode
    )
    usps_service_type: str = ""  # 3 digits, from the mailing house
    lob_api_key: SecretStr | None = None
    lob_host: str = "https://api.lob.com"
    lob_webhook_secret: SecretStr | None = None
    lob_from: str = ""  # the id of the sender's address at Lob; default: the organisation's address
    rates: dict[str, float] = {}  # calls a second by channel, where a contract says other than the channel's own
    prices: dict[str, Decimal] = {}  # what one message costs by channel, from your own contracts; none is assumed
    currency: str = ""  # of the prices
    breaker_after: int = 10  # refused or unanswered calls in a row, after which a channel is left alone for a while
    breaker_pause: float = 30.0  # seconds; twice as long each time

    calling_hours: str = "08:00-21:00"  # texts and calls reach people at these hours of their own day
    deadline_over_calling_hours: bool = False  # whether one may come at night where the law's deadline ends that night
    wave: int | None = None  # people told a day; None: all at once
    calls_per_day: int | None = None  # how many calls the call centre takes; with the next it makes a wave
    share_who_call: float | None = None  # of those who are told, 0 to 1
    test_addresses: list[str] = []  # where `send test` may write to: an address, or all of `@legal.example`

    provider_timeout: float = 20.0  # seconds
    lease_seconds: int = 120  # how long a claimed batch may be on the wire

    @property
    def oidc_offered(self) -> bool:
        """Whether an OpenID provider is named."""
        return bool(self.oidc_issuer and self.oidc_client_id)

    @property
    def outbox(self) -> Path:
        """Where the file outbox writes."""
        return self.home / "outbox"


@lru_cache
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings()
