"""Settings of the site. Every one that a host may change comes from the environment through ``env.py``."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

from coursehub import env
from runners.protocol import LEASE_SECONDS

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(env.text("COURSEHUB_STATE", str(BASE_DIR / "var"), "Folder for the database, files, broker and logs."))

DEBUG = env.flag("COURSEHUB_DEBUG", False, "Show tracebacks in the browser. Never on a real site.")
HTTPS = env.flag("COURSEHUB_HTTPS", False, "The site is reached over HTTPS: secure cookies, HSTS, redirects.")
SECRET_KEY = env.secret(
    "COURSEHUB_SECRET_KEY", STATE_DIR / "secret-key", "Signs sessions; unset: made once and kept in the state folder."
)
ALLOWED_HOSTS = env.words("COURSEHUB_HOSTS", "localhost,127.0.0.1,[::1]", "Host names the site answers to.")
CSRF_TRUSTED_ORIGINS = env.words("COURSEHUB_ORIGINS", "", "Origins such as https://hub.example.edu behind a proxy.")


def database(url: str) -> dict[str, Any]:
    """Return Django's settings for ``sqlite:///path`` or ``postgresql://user:password@host:port/name``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": parts.path[1:] if parts.path.startswith("//") else parts.path,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    if parts.scheme == "postgresql":
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    message = f"DATABASE_URL={url!r}: write sqlite:///path or postgresql://user:password@host:port/name."
    raise env.SettingInvalid(message)


DATABASES = {
    "default": database(env.text("DATABASE_URL", f"sqlite:///{STATE_DIR / 'coursehub.sqlite3'}", "The database."))
}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
    "coursehub.accounts",
    "coursehub.mail",
    "coursehub.courses",
    "coursehub.schedule",
    "coursehub.participation",
    "grading.assessments",
    "grading.deadlines",
    "grading.submissions",
    "grading.catalogue",
    "grading.gradebook",
    "coursehub.publishing",
    "coursehub.web",
    "coursehub.api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "coursehub.web.caching.own_pages_stay_private",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "coursehub.urls"
WSGI_APPLICATION = "coursehub.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static-collected"
STATICFILES_DIRS = [BASE_DIR / "coursehub" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = Path(env.text("COURSEHUB_FILES", str(STATE_DIR / "files"), "Folder where handed-in files are kept."))
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FILES = 500
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000  # the schedule as a table sends seven fields for each event

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "coursehub.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
_MAIL_SERVER = env.mail_server(
    "COURSEHUB_EMAIL_URL", "The mail server: smtp://user:password@host:587 with STARTTLS, or smtps://… with TLS."
)
EMAIL_BACKEND = env.text(
    "COURSEHUB_EMAIL_BACKEND",
    f"django.core.mail.backends.{'smtp' if _MAIL_SERVER.host else 'console'}.EmailBackend",
    "Django's class that sends mail.",
)
EMAIL_HOST, EMAIL_PORT = _MAIL_SERVER.host, _MAIL_SERVER.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL_SERVER.user, _MAIL_SERVER.password
EMAIL_USE_SSL, EMAIL_USE_TLS = _MAIL_SERVER.is_tls, _MAIL_SERVER.is_starttls
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("COURSEHUB_EMAIL_FROM", "CourseHub <coursehub@example.edu>", "Sender of mail.")

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "coursehub.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "coursehub.api.errors.problem_details",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CourseHub",
    "DESCRIPTION": "Courses, assessments, submissions and their grading.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # Three fields of a report take the same words.
    "ENUM_NAME_OVERRIDES": {"VisibilityEnum": ["visible", "hidden", "after_due_date", "after_published"]},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if env.flag("COURSEHUB_BEHIND_PROXY", False, "A proxy in front sets X-Forwarded-Proto and strips it from clients."):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Two brokers on purpose: a runner may read the lanes, and nothing that a runner can write reaches a site task.
SITE_BROKER_URL = env.text(
    "SITE_BROKER_URL", "filesystem://", "Broker of the site's own tasks: redis://… or filesystem://."
)
LANE_BROKER_URL = env.text("LANE_BROKER_URL", "filesystem://", "Broker of the tickets to runners.")
BROKER_DIR = Path(env.text("BROKER_DIR", str(STATE_DIR / "broker"), "Folder of the filesystem:// brokers."))

GRADING_MAX_RUNS = 3
GRADING_RETRY_SECONDS = [0, 10, 60]
GRADING_LEASE_SECONDS = env.number(
    "GRADING_LEASE_SECONDS", LEASE_SECONDS, "How long a runner may stay silent before its job goes to another."
)
SUITES_DIR = Path(env.text("SUITES_DIR", str(BASE_DIR / "gpu_worker" / "suites"), "Suites are published from here."))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["console"],
        "level": env.text("COURSEHUB_LOG_LEVEL", "INFO", "DEBUG, INFO or WARNING."),
    },
    # One line for every task that the clock asks for, every second, would bury everything else.
    "loggers": {name: {"level": "WARNING"} for name in ("celery.app.trace", "celery.worker.strategy", "celery.beat")},
}
