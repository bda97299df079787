"""Settings, from the environment: `.env.example` lists every one with a word.

With DATABASE_URL or REDIS_URL unset the embedded engine takes its place (`chargecars/embedded/`).
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.utils.translation import gettext_lazy as _

from chargecars.beat import BEAT, TASK_ROUTES
from chargecars.embedded.postgres import EmbeddedPostgres
from chargecars.embedded.valkey import EmbeddedValkey
from chargecars.environment import BASE_DIR, embedded_broker, embedded_database, env, keep_secrets, state
from chargecars.keys import refuse_weak_keys
from chargecars.logs import logging_config, report_errors
from chargecars.unfold import UNFOLD as UNFOLD

if embedded_database:
    keep_secrets()

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
PORT = env.int("PORT", default=8000)

SECRET_KEY = env.str("SECRET_KEY", default="")
FERNET_KEYS = env.list("FERNET_KEYS", default=[])  # newest first; older ones only decrypt
refuse_weak_keys(SECRET_KEY, FERNET_KEYS, debug=DEBUG)

PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL", default=f"http://127.0.0.1:{PORT}")
_public = urlsplit(PUBLIC_BASE_URL)
_secure = _public.scheme == "https"
_local_hosts = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=sorted({_public.hostname or "", *_local_hosts} - {""}))
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[f"{_public.scheme}://{_public.netloc}"])

# --- Applications ---------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "chargecars",
    "channels_app",
    "routing",
    "analytics",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "django_otp",
    "csp",
    "pgtrigger",
    "pghistory",
    "django_structlog",
    "django_prometheus",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "chargecars.csp.PolicyMiddleware",
    "channels_app.webhook_middleware.WebhookMiddleware",  # webhooks go no further down
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "channels_app.middleware.SignInGuardMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "chargecars.history.HistoryMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "chargecars.urls"
WSGI_APPLICATION = "chargecars.wsgi.application"
FORMS_URLFIELD_ASSUME_HTTPS = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ]
        },
    }
]

# --- PostgreSQL -----------------------------------------------------------------------------------------

DATABASES = {
    "default": env.db_url_config(
        EmbeddedPostgres(state).url if embedded_database else env.str("DATABASE_URL")
    )
    | {
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=600),
        "CONN_HEALTH_CHECKS": True,
    }
}
DATABASES["default"].setdefault("OPTIONS", {}).update(
    # Server-side preparation: a pooler between must allow it (PgBouncer >= 1.21), or set the threshold to -1.
    server_side_binding=True,
    prepare_threshold=None
    if env.int("DATABASE_PREPARE_THRESHOLD", default=1) < 0
    else env.int("DATABASE_PREPARE_THRESHOLD", default=1),
)

PGHISTORY_APPEND_ONLY = True  # a trigger refuses changes of the audit trail, also by raw SQL
PGHISTORY_INSTALL_CONTEXT_FUNC_ON_MIGRATE = True

# --- Redis or Valkey: the broker and the cache ----------------------------------------------------------

REDIS_URL = EmbeddedValkey(state).url() if embedded_broker else env.str("REDIS_URL")

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
    }
}

# --- Celery ---------------------------------------------------------------------------------------------

_broker_url = urlsplit(REDIS_URL)
CELERY_BROKER_URL = (
    f"redis+socket://{_broker_url.path}?virtual_host={_broker_url.query.removeprefix('db=') or 0}"
    if _broker_url.scheme == "unix"
    else REDIS_URL
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# What a killed worker had taken comes back after the visibility timeout. Long delays live in PostgreSQL
# rows, so no task lasts that long, and every task may run twice.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 2,
}
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 270
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_EAGER_RESULT = False
CELERY_TASK_DEFAULT_QUEUE = "maintenance"
CELERY_TASK_ROUTES = TASK_ROUTES
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = BEAT
CELERY_BEAT_SCHEDULE_FILENAME = str(state.root / "beat-schedule")
CELERY_TIMEZONE = "Europe/Amsterdam"

# --- Language and time ----------------------------------------------------------------------------------

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", _("Dutch")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Amsterdam"
USE_I18N = True
USE_TZ = True

# --- Sign-in and browsers -------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS.append(
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    }
)
PASSWORD_RESET_TIMEOUT = 4 * 60 * 60
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", default=8)
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "channels_app.views.invitations.locked_out"
OTP_TOTP_ISSUER = "ChargeCars"
# Staff without a second device are led to register one; the sandbox lets them in without.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", default=_secure and not DEMO)

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 60 * 60  # from signing in, used or not
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_MINUTES", default=120) * 60
SESSION_COOKIE_HTTPONLY = True
PUBLIC_LIMITS = env.bool("PUBLIC_LIMITS", default=True)
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = _secure
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 31_536_000 if _secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "channels_app.views.pages.csrf_failure"
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    AXES_IPWARE_PROXY_COUNT = 1
X_FRAME_OPTIONS = "SAMEORIGIN"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # Unfold's Alpine evaluates the expressions in its templates.
        "script-src": [SELF, NONCE, UNSAFE_EVAL],
        # Alpine and charts set style attributes; style elements need the nonce in browsers that know it.
        "style-src-elem": [SELF, NONCE],
        "style-src-attr": [UNSAFE_INLINE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    }
}

# --- API ------------------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "channels_app.api.authentication.BrandTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["channels_app.api.parsers.StorableJSONParser"],
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest_framework.filters.OrderingFilter",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
KNOX_TOKEN_MODEL = "channels_app.ApiToken"  # noqa: S105 a model
# Its own migrations would make a table that no model knows, and that keeps accounts from being emptied in tests.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {"TOKEN_TTL": None, "AUTH_HEADER_PREFIX": "Token", "MIN_REFRESH_INTERVAL": 3600}
SPECTACULAR_SETTINGS = {
    "TITLE": "ChargeCars communication API",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "LanguageEnum": "channels_app.models.BusinessEntity.Language",
        "ContactKindEnum": "channels_app.models.Contact.Kind",
    },
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Files ----------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(state.static))()
STATICFILES_DIRS = [path for path in [BASE_DIR / "static"] if path.is_dir()]
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(state.media))()
MEDIA_URL = ""  # attachments leave through views that know who may see them, never by address
S3_BUCKET = env.str("S3_BUCKET", default="")

STORAGES: dict[str, Any] = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env.str("S3_ENDPOINT_URL", default=None),
            "region_name": env.str("S3_REGION", default=None),
            "default_acl": "private",
            "querystring_auth": True,
            "file_overwrite": False,
        },
    }
    if S3_BUCKET
    else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # Names with a fingerprint are cached for good; a test needs no collected files.
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if env.bool("STATIC_MANIFEST", default=not DEBUG)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# --- Customers' messages --------------------------------------------------------------------------------

WEBHOOK_MAX_BYTES = env.int("WEBHOOK_MAX_BYTES", default=10 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = WEBHOOK_MAX_BYTES
RAW_EXCHANGE_DAYS = env.int("RAW_EXCHANGE_DAYS", default=30)  # 0: for good

# How long an answer by a person waits before it leaves, so that it can be taken back.
REPLY_UNDO_SECONDS = env.int("REPLY_UNDO_SECONDS", default=8)

# Stand-ins of the demo, on loopback: `manage.py sandbox_stand_ins`.
SANDBOX_GRAPH_PORT = env.int("SANDBOX_GRAPH_PORT", default=PORT + 990)
SANDBOX_TWILIO_PORT = env.int("SANDBOX_TWILIO_PORT", default=PORT + 991)
SANDBOX_TEAMS_PORT = env.int("SANDBOX_TEAMS_PORT", default=PORT + 992)
SANDBOX_SMTP_PORT = env.int("SANDBOX_SMTP_PORT", default=PORT + 993)
SANDBOX_MAIL_PORT = env.int("SANDBOX_MAIL_PORT", default=PORT + 994)  # what the mail stand-in received
WHATSAPP_APP_SECRET = env.str("WHATSAPP_APP_SECRET", default="")
WHATSAPP_VERIFY_TOKEN = env.str("WHATSAPP_VERIFY_TOKEN", default="")
WHATSAPP_API_BASE = env.str(
    "WHATSAPP_API_BASE",
    default=f"http://127.0.0.1:{SANDBOX_GRAPH_PORT}" if DEMO else "https://graph.facebook.com",
)
WHATSAPP_API_VERSION = env.str("WHATSAPP_API_VERSION", default="v26.0")
# Hosts, host:port or networks that operators may point channels at although they are not public.
OUTBOUND_ALLOWED_HOSTS = env.list(
    "OUTBOUND_ALLOWED_HOSTS",
    default=[
        f"127.0.0.1:{port}"
        for port in (SANDBOX_GRAPH_PORT, SANDBOX_TWILIO_PORT, SANDBOX_TEAMS_PORT, SANDBOX_SMTP_PORT)
    ]
    if DEMO
    else [],
)
TWILIO_API_BASE = env.str(
    "TWILIO_API_BASE",
    default=f"http://127.0.0.1:{SANDBOX_TWILIO_PORT}" if DEMO else "https://api.twilio.com",
)

# What `up --demo` runs beside web, worker and beat: name -> arguments of manage.py.
DEMO_PROCESSES: dict[str, list[str]] = {"sandbox": ["sandbox_stand_ins"]}

# Mail of the house to its own people: invitations, forgotten passwords. Brands have mailboxes of their own.
vars().update(
    env.email_url_config(
        env.str("EMAIL_URL", default=f"smtp://127.0.0.1:{SANDBOX_SMTP_PORT if DEMO else 25}")
    )
)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"ChargeCars <desk@{_public.hostname}>")

# --- Observation ----------------------------------------------------------------------------------------

LOGGING = logging_config(
    level=env.str("LOG_LEVEL", default="INFO"), json=env.bool("LOG_JSON", default=not DEBUG)
)
LOGGING_CONFIG = "chargecars.logs.configure"
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# Services log what they did; that a task began and ended says nothing more.
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_CELERY_TASK_SUCCESS_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # one line per request, when it is done
# Who asks and from where is added by channels_app.receivers: the library would believe what clients claim, and
# look up a user for every webhook.
DJANGO_STRUCTLOG_USER_ID_FIELD = ""
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # without one, /metrics answers loopback only
READY_BACKLOG_SECONDS = env.int("READY_BACKLOG_SECONDS", default=300)
PROMETHEUS_EXPORT_MIGRATIONS = False
report_errors(
    env.str("SENTRY_DSN", default=""), environment=env.str("SENTRY_ENVIRONMENT", default="production")
)

SILENCED_SYSTEM_CHECKS = [
    # HSTS for subdomains, and the browsers' preload list, are for the owner of the domain to decide.
    "security.W005",
    "security.W021",
    # Mail is shown in a sandboxed frame of our own, so pages may stand in frames of the same origin.
    "security.W019",
]
