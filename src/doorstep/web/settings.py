"""Settings. Everything that differs between two installations comes from the environment (docs/install.md)."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from doorstep.storage.settings import database_settings, default_data_folder

PACKAGE = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("DOORSTEP_DATA") or default_data_folder()).expanduser().resolve()


def _secret_key() -> str:
    """The key from the environment, else one made once and kept beside the database."""
    if key := os.environ.get("DOORSTEP_SECRET_KEY"):
        return key
    kept = DATA / "secret-key"
    if kept.exists():
        return kept.read_text().strip()
    key = secrets.token_urlsafe(50)
    DATA.mkdir(parents=True, exist_ok=True)
    with open(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(key)
    return key


SECRET_KEY = _secret_key()
DEBUG = os.environ.get("DOORSTEP_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("DOORSTEP_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
DESK_IMAP = os.environ.get("DOORSTEP_IMAP", "")  # imaps://user:secret@host:993/INBOX
SITE = os.environ.get("DOORSTEP_SITE", "").rstrip("/")  # https://doorstep.example.cn: how links in messages begin
_SMTP = urlsplit(os.environ.get("DOORSTEP_SMTP", ""))  # smtps://user:secret@host:465, or smtp://… with STARTTLS
EMAIL_HOST = _SMTP.hostname or ""
EMAIL_USE_SSL = _SMTP.scheme == "smtps"
EMAIL_USE_TLS = _SMTP.scheme == "smtp"
EMAIL_PORT = _SMTP.port or (465 if EMAIL_USE_SSL else 587)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_SMTP.username or ""), unquote(_SMTP.password or "")
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = os.environ.get("DOORSTEP_MAIL_FROM", "") or EMAIL_HOST_USER
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("DOORSTEP_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "doorstep.web",
    "doorstep.firststeps",
    "doorstep.board",
    "doorstep.report",
    "doorstep.resident",
    "doorstep.rounds",
    "doorstep.supplies",
    "doorstep.crew",
    "doorstep.desk",
    "doorstep.gate",
    "doorstep.promises",
    "doorstep.command",
    "doorstep.register",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "django_q",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "doorstep.web.middleware.RequestLogMiddleware",
    "doorstep.web.metrics.MetricsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "doorstep.web.middleware.TokenMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "doorstep.web.middleware.WorkplaceMiddleware",
    "doorstep.web.repeats.RepeatMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "doorstep.web.urls"
WSGI_APPLICATION = "doorstep.web.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "doorstep.web.context.workplace",
            ],
        },
    }
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # web/templates/django/forms

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # what the job runner counts each minute for large incidents; every process of this machine reads it
    "kept": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": DATA / "kept"},
}
DATABASES = {"default": database_settings(DATA)}
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "web/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS: list[Path] = []
LOCALE_PATHS = [PACKAGE / "locale"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
MEDIA_ROOT = DATA / "uploads"
MEDIA_URL = "/uploads/"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [SELF],
        "object-src": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 7
if os.environ.get("DOORSTEP_TLS") == "1":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 30

# One queue for both databases; a job of a killed worker is taken up again when its lease of `retry` seconds is over.
JOB_LEASE = max(2, int(os.environ.get("DOORSTEP_JOB_LEASE", "300")))
Q_CLUSTER = {
    "name": "doorstep",
    "orm": "default",
    "workers": 1,
    "timeout": max(1, JOB_LEASE * 4 // 5),
    "retry": JOB_LEASE,
    "max_attempts": 3,
    "poll": 0.1,
    "save_limit": 200,
    "daemonize_workers": False,  # the planner starts processes of its own
    "label": "Jobs",
    "sync": os.environ.get("DOORSTEP_JOBS") == "sync",
    "catch_up": False,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"structured": {"()": "doorstep.web.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["console"], "level": os.environ.get("DOORSTEP_LOG", "INFO")},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "axes": {"level": "ERROR"},
    },
}
